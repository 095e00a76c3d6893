import { render } from "preact";
import "./app.css";
import { startClock } from "./clock";
import { listenForKeys } from "./keys";
import { pauseWhileOpen, startFeed } from "./live";
import { opened } from "./navigation";
import { CancelDialog } from "./pages/delivery/cancel";
import { Drawer } from "./pages/delivery/drawer";
import { watchOpened } from "./pages/delivery/load";
import { ReplayDialog } from "./pages/delivery/replay";
import { LivePage } from "./pages/live/page";
import { applyPreferences } from "./preferences";
import { loadSubscriptions } from "./subscriptions";
import { startSummary } from "./summary";
import { Header } from "./ui/header";
import { Help } from "./ui/help";
import { IconSheet } from "./ui/icon";
import { useNarrow } from "./ui/narrow";

function App() {
  // On a phone the drawer is the whole screen, and what lies under it must not be reached.
  const covered = useNarrow() && opened.value !== null;
  return (
    <>
      <IconSheet />
      <div class="under" inert={covered}>
        <Header />
        <LivePage />
      </div>
      <Drawer />
      <Help />
      <ReplayDialog />
      <CancelDialog />
    </>
  );
}

applyPreferences();
startClock();
watchOpened();
pauseWhileOpen();
void loadSubscriptions();
startFeed();
startSummary();
listenForKeys();
render(<App />, document.getElementById("app")!);

import type { ComponentType } from "preact";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "./app.css";
import { watchCircuits } from "./circuits";
import { startClock } from "./clock";
import type { Route } from "./core/routes";
import { listenForKeys } from "./keys";
import { selectOpened } from "./list";
import { pauseWhileOpen, startAnewWithRange, startFeed } from "./live";
import { opened, route, watchAddress } from "./navigation";
import { CancelDialog } from "./pages/delivery/cancel";
import { Drawer } from "./pages/delivery/drawer";
import { watchOpened } from "./pages/delivery/load";
import { DeliveryPage } from "./pages/delivery/page";
import { ReplayDialog } from "./pages/delivery/replay";
import { EndpointsPage } from "./pages/endpoints/page";
import { EventsPage } from "./pages/events/page";
import { LivePage } from "./pages/live/page";
import { MetricsPage } from "./pages/metrics/page";
import { SettingsPage } from "./pages/settings/page";
import { SubscriptionsPage } from "./pages/subscriptions/page";
import { watchPast } from "./past";
import { applyPreferences } from "./preferences";
import { loadSubscriptions } from "./subscriptions";
import { startSummary } from "./summary";
import { titlePage } from "./title";
import { CopiedStatus } from "./ui/copied";
import { Header } from "./ui/header";
import { Help } from "./ui/help";
import { IconSheet } from "./ui/icon";
import { useNarrow } from "./ui/narrow";
import { TabBar } from "./ui/tab-bar";

const PAGES: Record<Route["page"], ComponentType> = {
  live: LivePage,
  delivery: DeliveryPage,
  subscriptions: SubscriptionsPage,
  endpoints: EndpointsPage,
  metrics: MetricsPage,
  events: EventsPage,
  settings: SettingsPage,
};

function App() {
  const { page } = route.value;
  // On a phone the drawer is the whole screen, and what lies under it must not be reached.
  const covered = useNarrow() && page !== "delivery" && opened.value !== null;
  const under = useRef<HTMLDivElement>(null);
  const shown = useRef(page);
  useEffect(() => {
    // As a page that was loaded would: the keyboard and the screen reader begin anew.
    if (shown.current !== page) under.current!.querySelector<HTMLElement>("main")?.focus();
    shown.current = page;
  }, [page]);
  const Page = PAGES[page];
  return (
    <>
      <IconSheet />
      <div class="under" ref={under} inert={covered}>
        <Header />
        <Page key={page} />
        <TabBar />
      </div>
      <Drawer />
      <Help />
      <ReplayDialog />
      <CancelDialog />
      <CopiedStatus />
    </>
  );
}

applyPreferences();
startClock();
watchAddress();
titlePage();
watchOpened();
pauseWhileOpen();
selectOpened();
startAnewWithRange();
watchPast();
void loadSubscriptions();
startFeed();
startSummary();
watchCircuits();
listenForKeys();
render(<App />, document.getElementById("app")!);

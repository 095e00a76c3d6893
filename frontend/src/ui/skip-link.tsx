import { texts } from "../core/language";
import { route } from "../navigation";
import { focusPage } from "./focus";

const t = texts({
  en: { list: "To the list", content: "To the content" },
  es: { list: "Ir a la lista", content: "Ir al contenido" },
});

/** The first stop of Tab: past header and controls. */
export function SkipLink() {
  const skip = (event: Event) => {
    event.preventDefault();
    focusPage();
  };
  return <a class="skip btn" href="#main" onClick={skip}>{route.value.page === "live" ? t.list : t.content}</a>;
}

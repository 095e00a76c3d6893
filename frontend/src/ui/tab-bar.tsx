import { texts } from "../core/language";
import type { ListedPage } from "../core/routes";
import { addressOf, route } from "../navigation";
import { Icon, type IconName } from "./icon";
import { Menu } from "./menu";
import { PAGE_NAMES } from "./page-names";

const t = texts({
  en: { pages: "Pages", more: "More" },
  es: { pages: "Páginas", more: "Más" },
});

const TABS: [page: ListedPage, icon: IconName][] = [["live", "bolt"], ["subscriptions", "list"], ["endpoints", "server"], ["metrics", "chart"]];
const MORE: ListedPage[] = ["events", "settings"];

/** What the header's navigation is on a phone. */
export function TabBar() {
  const { page } = route.value;
  const inMore = MORE.some((each) => each === page);
  return (
    <nav class="tabbar" aria-label={t.pages}>
      {TABS.map(([tab, icon]) => (
        <a key={tab} href={addressOf(tab)} aria-current={page === tab ? "page" : undefined}><Icon name={icon} size={20} /><span>{PAGE_NAMES[tab]}</span></a>
      ))}
      <Menu label={t.more} class={inMore ? "current" : ""} named trigger={<><Icon name="more" size={20} /><span>{t.more}</span></>}>
        {MORE.map((each) => <a key={each} role="menuitem" href={addressOf(each)} aria-current={page === each ? "page" : undefined}>{PAGE_NAMES[each]}</a>)}
      </Menu>
    </nav>
  );
}

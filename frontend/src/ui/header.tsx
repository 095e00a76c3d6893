import { boot, csrfToken } from "../boot";
import { rate as perSecond } from "../core/format";
import { texts } from "../core/language";
import { LISTED_PAGES } from "../core/routes";
import { connection } from "../live";
import { addressOf, route } from "../navigation";
import { THEMES, theme } from "../preferences";
import { endedAt } from "../session";
import { rate } from "../summary";
import { helpOpen } from "./help";
import { Icon } from "./icon";
import { Menu } from "./menu";
import { PAGE_NAMES } from "./page-names";
import { SkipLink } from "./skip-link";

export const THEME_WORDS = texts({
  en: { auto: "Like the system", light: "Light", dark: "Dark" },
  es: { auto: "Como el sistema", light: "Claro", dark: "Oscuro" },
});

const t = texts({
  en: {
    main: "Main", theme: "Theme", shortcuts: "Keyboard shortcuts", staff: "Staff", signOut: "Sign out", changeTenant: "Change the tenant",
    connection: { connecting: "Connecting", open: "Connected", offline: "Offline", refused: "Stopped", ended: "Signed out" },
  },
  es: {
    main: "Principal", theme: "Tema", shortcuts: "Atajos de teclado", staff: "Equipo interno", signOut: "Cerrar sesión", changeTenant: "Cambiar de organización",
    connection: { connecting: "Conectando", open: "Conectado", offline: "Sin conexión", refused: "Detenido", ended: "Sesión cerrada" },
  },
});

export function Header() {
  return (
    <header class="top">
      <SkipLink />
      <a class="brand" href={addressOf("live")} aria-label="GestiqCloud Webhooks">
        <svg class="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true"><rect width="22" height="22" rx="6" /><path d="M14.6 5.2v6.4a3.9 3.9 0 1 1-7.8 0v-.9l-1.9 1.9M6.8 10.7l1.9 1.9" /><circle cx="14.6" cy="5.4" r="1.5" /></svg>
        <span class="name">GestiqCloud <span>Webhooks</span></span>
      </a>
      <Tenant />
      <nav class="nav" aria-label={t.main}>
        {LISTED_PAGES.map((page) => <a key={page} href={addressOf(page)} aria-current={route.value.page === page ? "page" : undefined}>{PAGE_NAMES[page]}</a>)}
      </nav>
      <div class="top-end">
        <ConnectionState />
        <Menu label={t.theme} class="icon wide" trigger={<Icon name="theme" />}><ThemeItems /></Menu>
        <button type="button" class="icon wide" aria-label={t.shortcuts} title={t.shortcuts} onClick={() => (helpOpen.value = true)}><Icon name="help" /></button>
        <Menu label={boot.user.name} class="avatar" named trigger={<>{boot.user.initials}<span class="offscreen"> {boot.user.name}</span></>}>
          <p class="menu-head"><b>{boot.user.name}</b><small>{boot.user.staff ? t.staff : boot.tenant.name}</small></p>
          <div class="narrow"><ThemeItems /></div>
          <form method="post" action={boot.sign_out}>
            <input type="hidden" name="csrfmiddlewaretoken" value={csrfToken()} />
            <button type="submit" role="menuitem">{t.signOut}</button>
          </form>
        </Menu>
      </div>
    </header>
  );
}

function Tenant() {
  const name = <><span class="tdot" aria-hidden="true">{boot.tenant.name.charAt(0).toUpperCase()}</span><span class="tname">{boot.tenant.name}</span></>;
  if (boot.tenants.length < 2) return <span class="tenant plain">{name}</span>;
  return (
    <Menu label={t.changeTenant} class="tenant" named trigger={<>{name}<Icon name="down" class="sub" /></>}>
      {boot.tenants.map((tenant) => (
        <a key={tenant.slug} href={`/?tenant=${encodeURIComponent(tenant.slug)}`} role="menuitemradio" aria-checked={tenant.slug === boot.tenant.slug}>
          <Icon name="check" size={14} />{tenant.name}
        </a>
      ))}
    </Menu>
  );
}

function ThemeItems() {
  return (
    <>
      {THEMES.map((choice) => (
        <button key={choice} type="button" role="menuitemradio" aria-checked={theme.value === choice} onClick={() => (theme.value = choice)}>
          <Icon name="check" size={14} />{THEME_WORDS[choice]}
        </button>
      ))}
    </>
  );
}

function ConnectionState() {
  const kind = endedAt.value !== null ? "ended" : connection.value.kind;
  return (
    <span class={`conn is-${kind}`}>
      <span class="dot" /><b>{t.connection[kind]}</b>
      {kind === "open" && <span class="rate">{perSecond(rate.value)}/s</span>}
    </span>
  );
}

import { mayAct } from "../../boot";
import { texts } from "../../core/language";
import { type Subscription, nameOf } from "../../core/subscription";
import { addressOf } from "../../navigation";
import { Icon, type IconName } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { type Asking, ask } from "./asked";

const t = texts({
  en: {
    actions: (name: string) => `Actions: ${name}`,
    edit: "Edit", view: "Show settings", pause: "Pause", resume: "Resume", test: "Send a test", rotate: "Rotate secret", deliveries: "Show deliveries", health: "Show health", remove: "Delete",
  },
  es: {
    actions: (name: string) => `Acciones: ${name}`,
    edit: "Editar", view: "Ver la configuración", pause: "Pausar", resume: "Reanudar", test: "Enviar una prueba", rotate: "Rotar el secreto", deliveries: "Ver las entregas", health: "Ver el estado", remove: "Eliminar",
  },
});

/** Everything that the person can do with a subscription. In its own panel it is open already. */
export function RowMenu({ subscription, inPanel = false }: { subscription: Subscription; inPanel?: boolean }) {
  const { id, active } = subscription;
  return (
    <Menu label={t.actions(nameOf(subscription))} class="icon" trigger={<Icon name="more" />}>
      {!inPanel && <a role="menuitem" href={addressOf("subscriptions", { edit: id })}><Icon name="edit" size={14} />{mayAct ? t.edit : t.view}</a>}
      <Item what={active ? "pause" : "resume"} icon={active ? "pause" : "play"} id={id}>{active ? t.pause : t.resume}</Item>
      <Item what="test" icon="send" id={id}>{t.test}</Item>
      <Item what="rotate" icon="key" id={id}>{t.rotate}</Item>
      <a role="menuitem" href={addressOf("live", { q: `endpoint:${id}` })}><Icon name="list" size={14} />{t.deliveries}</a>
      <a role="menuitem" href={addressOf("endpoints", { id })}><Icon name="server" size={14} />{t.health}</a>
      <Item what="delete" icon="trash" id={id}>{t.remove}</Item>
    </Menu>
  );
}

function Item({ what, icon, id, children }: { what: Asking; icon: IconName; id: string; children: string }) {
  if (!mayAct) return null;
  return <button type="button" role="menuitem" class={what === "delete" ? "danger" : ""} onClick={() => ask(what, id)}><Icon name={icon} size={14} />{children}</button>;
}

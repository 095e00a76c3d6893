import type { ComponentChildren } from "preact";
import { boot } from "../../boot";
import { texts } from "../../core/language";
import { CopyButton } from "../../ui/copy-button";

const t = texts({
  en: {
    you: "You", name: "Name", role: "Role", staff: "Staff, all tenants",
    roles: { viewer: "Viewer: looks only", operator: "Operator: replays and cancels", admin: "Administrator: may do everything" },
    tenant: "Tenant", slug: "Short name", id: "id", system: "This installation", version: "Version", api: "API documentation", metrics: "Metrics for Prometheus",
  },
  es: {
    you: "Usted", name: "Nombre", role: "Rol", staff: "Equipo interno, todas las organizaciones",
    roles: { viewer: "Consulta: solo mira", operator: "Operación: reenvía y cancela", admin: "Administración: puede hacer todo" },
    tenant: "Organización", slug: "Nombre corto", id: "id", system: "Esta instalación", version: "Versión", api: "Documentación de la API", metrics: "Métricas para Prometheus",
  },
});

/** What can be read here and changed elsewhere. */
export function About() {
  const { user, tenant } = boot;
  return (
    <div class="set-col">
      <Facts title={t.you}>
        <Fact name={t.name}>{user.name}</Fact>
        <Fact name={t.role}>{user.staff ? t.staff : t.roles[user.role]}</Fact>
      </Facts>
      <Facts title={t.tenant}>
        <Fact name={t.name}>{tenant.name}</Fact>
        <Fact name={t.slug}>{tenant.slug}</Fact>
        <Fact name="Id"><span class="mono set-id">{tenant.id}</span><CopyButton what={t.id} text={() => tenant.id} class="icon sm" /></Fact>
      </Facts>
      <Facts title={t.system}>
        <Fact name={t.version}>{boot.version}</Fact>
        <Fact name={t.api}><a href="/api/v1/docs">/api/v1/docs</a></Fact>
        <Fact name={t.metrics}><a href="/metrics">/metrics</a></Fact>
      </Facts>
    </div>
  );
}

function Facts({ title, children }: { title: string; children: ComponentChildren }) {
  return <section class="panel set-group"><h2>{title}</h2><dl>{children}</dl></section>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="set-row"><dt>{name}</dt><dd>{children}</dd></div>;
}

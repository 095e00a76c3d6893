import { texts } from "../core/language";
import type { ListedPage } from "../core/routes";

export const PAGE_NAMES: Record<ListedPage, string> = texts({
  en: { live: "Live", subscriptions: "Subscriptions", endpoints: "Endpoints", metrics: "Metrics", events: "Events", settings: "Settings" },
  es: { live: "En vivo", subscriptions: "Suscripciones", endpoints: "Destinos", metrics: "Métricas", events: "Eventos", settings: "Ajustes" },
});

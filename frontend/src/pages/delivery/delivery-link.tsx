import { shortId } from "../../core/format";
import { deliveryPath } from "../../core/routes";
import { openDelivery, route, written } from "../../navigation";

/** Another delivery: beside a list it opens there, too; on the delivery's own page the link leads on as any other. */
export function DeliveryLink({ id }: { id: string }) {
  const onClick = (event: MouseEvent) => {
    if (route.peek().page === "delivery" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openDelivery(id);
  };
  return <a class="mono" href={written(deliveryPath(id), {})} title={id} onClick={onClick}>{shortId(id)}</a>;
}

import { clock } from "../core/format";
import { endedAt, signInUrl } from "../session";
import { Icon } from "./icon";

/** On every page: what is shown is from before. */
export function SessionBanner() {
  if (endedAt.value === null) return null;
  return (
    <div class="banner bad" role="alert">
      <Icon name="key" /><span><b>Your session has ended.</b> What is shown is from {clock(endedAt.value)}.</span>
      <span class="grow" /><a class="btn small" href={signInUrl()}>Sign in</a>
    </div>
  );
}

import type { Problem } from "../core/api";
import { Icon } from "./icon";

/** Why the server did not do what was asked. */
export function Refusal({ problem }: { problem: Problem | null }) {
  return problem && <p class="refusal" role="alert"><Icon name="warn" size={14} />{problem.detail || problem.title}</p>;
}

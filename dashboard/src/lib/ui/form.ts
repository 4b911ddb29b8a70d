import { createContext } from "svelte";

/** The form around a field. */
export interface FormState {
  /** Whether the person has tried to send it: faults are shown from then on. */
  readonly tried: boolean;
}

const [get, set, has] = createContext<FormState>();

export const setForm = set;

/** Whether a field shows its faults yet: outside of a form always, within one from the first try on. */
export function faultsShown(): () => boolean {
  if (!has()) return () => true;
  const form = get();
  return () => form.tried;
}

import { describe, Problem } from "../api/problem.ts";
import { signOut } from "../api/session.ts";
import { expectEnd, leave } from "../leave.ts";
import { forgetThisDevice } from "../push/subscription.ts";

/** Signing out by the person's own wish. */
export class Leaving {
  /** Why they are still signed in. */
  trouble = $state.raw<string | null>(null);

  /** Signs out, and goes to the sign-in page. */
  readonly goOut = async (): Promise<void> => {
    this.trouble = null;
    let elsewhere: string | null = null;
    expectEnd(true);
    try {
      elsewhere = await signOut();
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) {
        expectEnd(false);
        this.trouble = `You are still signed in. ${describe(error)}`;
        return;
      }
    }
    await forgetThisDevice();
    leave("signed_out", elsewhere);
  };
}

declare global {
  namespace App {
    interface PageState {
      /** The notification that lies open where the list has no pane beside it: Back closes it. */
      open?: string;
      /** How far the list was scrolled then; px. */
      scrolled?: number;
    }
  }
}

export {};

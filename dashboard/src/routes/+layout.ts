/** Pages are drawn in the browser: it alone holds the session that the API asks for. */
export const ssr = false;

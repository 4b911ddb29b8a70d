/**
 * What programs need of the environment: where things are, the language, how the network and registries are reached, Go's own
 * settings.
 */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|LD_LIBRARY_PATH|DYLD_\w+|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|GO(PROXY|PATH|CACHE|MODCACHE|ROOT|TOOLCHAIN|SUMDB|NOSUMDB|NOPROXY|PRIVATE|TMPDIR|ENV)|XDG_CACHE_HOME|npm_config_(registry|cache|cafile)|PLAYWRIGHT_(BROWSERS_PATH|DOWNLOAD_HOST)|DEBIAN_FRONTEND)$/i;

/** The environment for a program that is started: this one's keys, passwords and addresses are none of its business. */
export const environmentFor = (own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(own).filter(([name]) => NEEDED.test(name)));

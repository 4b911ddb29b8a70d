/** A plugin or its settings are wrong. The message says which plugin, where, and what to do about it. */
export class ChannelError extends Error {
  readonly plugin: string;
  readonly field: string;
  readonly remedy: string;
  constructor(plugin: string, field: string, fault: string, remedy: string) {
    super(`Channel plugin "${plugin}": ${field}: ${fault}. ${remedy}`);
    this.name = "ChannelError";
    this.plugin = plugin;
    this.field = field;
    this.remedy = remedy;
  }
}

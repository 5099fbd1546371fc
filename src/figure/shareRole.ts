/** Whom attention is paid to, in the order of stacked bars and legends. The context is part of the user's words. */
export const shareRoles = ["context", "user", "assistant", "system", "tool", "template", "bos"] as const;
export type ShareRole = (typeof shareRoles)[number];

/** Attention mass by role. */
export type RoleShares = Readonly<Record<ShareRole, number>>;

export const noShares: RoleShares = { context: 0, user: 0, assistant: 0, system: 0, tool: 0, template: 0, bos: 0 };

/** Names as figures write them; `user` beside `context` is the rest of the user's words. */
export const shareRoleName: Readonly<Record<ShareRole, string>> = {
  context: "context",
  user: "user",
  assistant: "assistant",
  system: "system",
  tool: "tool",
  template: "template",
  bos: "first token",
};

/** Who speaks in a message of a conversation. */
export type MessageRole = "system" | "user" | "assistant" | "tool";

/**
 * What a stretch of a rendered prompt is: the words of one speaker, the context passage inside a user turn,
 * the answer that is scored, what the chat template wrote itself, or the token that begins the sequence.
 */
export type SegmentRole = "system" | "user" | "context" | "assistant" | "target" | "tool" | "template" | "bos";

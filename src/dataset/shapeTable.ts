import type { Shape } from "./shape.ts";
import { alpaca } from "./shapes/alpaca.ts";
import { conflict } from "./shapes/conflict.ts";
import { dolly } from "./shapes/dolly.ts";
import { gpteacher } from "./shapes/gpteacher.ts";
import { openaiChat } from "./shapes/openaiChat.ts";
import { promptCompletion } from "./shapes/promptCompletion.ts";
import { sharegpt } from "./shapes/sharegpt.ts";
import { squad } from "./shapes/squad.ts";

/** Every shape that is understood, most specific first: of two that fit equally well the first is taken. */
export const shapeTable: readonly Shape[] = [
  conflict,
  squad,
  dolly,
  gpteacher,
  alpaca,
  openaiChat,
  sharegpt,
  promptCompletion,
];

/** The shape that a user named, or undefined. */
export function shapeNamed(name: string): Shape | undefined {
  return shapeTable.find((shape) => shape.name === name);
}

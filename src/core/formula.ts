/** Names the equation behind a number, so that a stored or printed number can be traced to what made it. */
export interface Formula {
  /** What the number is called in the interface. */
  readonly name: string;
  /** Rises with every change of the equation; numbers of different versions are never compared. */
  readonly version: number;
}

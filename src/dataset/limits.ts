/**
 * Longest record that is read, in UTF-16 code units. A training row of 16 Mi characters is beyond any model's window;
 * without a limit one missing line end would pull a whole file into memory.
 */
export const maxRecordLength = 16 * 1024 * 1024;

/** Deepest nesting of brackets that is read. Real rows stay below ten; the JSON tree parser recurses once per level. */
export const maxNesting = 200;

/** How many records are looked at to recognise the shape of a file: enough for a mixed file, little enough to be instant. */
export const nRecordsForRecognition = 200;

/** Most turns of a conversation that are read: each row holds all turns before it, so the cost grows with the square. */
export const maxTurns = 1000;

/** Most problems of one record that are said with their places; the rest are counted. */
export const maxProblemsPerRecord = 50;

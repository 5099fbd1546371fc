// Stands in for @vscode/spdlog, VS Code's compiled logger: the same functions, lines appended to the log file at once.
const { appendFileSync, mkdirSync } = require("node:fs");
const { dirname } = require("node:path");

const levels = ["trace", "debug", "info", "warning", "error", "critical"];

class Logger {
  /** @param {string} file */
  constructor(file) {
    mkdirSync(dirname(file), { recursive: true });
    this.file = file;
    this.level = levels.indexOf("info");
    this.formatted = true;
  }

  /** @param {number} level @param {string} message */
  write(level, message) {
    if (level < this.level) return;
    const line = this.formatted ? `${new Date().toISOString()} [${levels[level]}] ${message}\n` : message;
    try {
      appendFileSync(this.file, line);
    } catch {
      // The data folder of a test is removed while its server ends: a last line may have nowhere to go.
    }
  }

  getLevel() {
    return this.level;
  }

  /** @param {number} level */
  setLevel(level) {
    this.level = level;
  }

  clearFormatters() {
    this.formatted = false;
  }

  setPattern() {}
  flush() {}
  drop() {}
}

for (const [level, method] of ["trace", "debug", "info", "warn", "error", "critical"].entries()) {
  Object.defineProperty(Logger.prototype, method, {
    /** @this {Logger} @param {string} message */
    value(message) {
      this.write(level, message);
    },
  });
}

/** @param {string} _name @param {string} file */
async function createLogger(_name, file) {
  return new Logger(file);
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;

// Stands in for @vscode/native-watchdog, whose compiled part ends a process that is stuck when its parent dies.
// Here the whole process group of a server is ended together, so nothing has to be watched.
exports.start = () => {};
exports.exit = (/** @type {number | undefined} */ code) => process.exit(code);

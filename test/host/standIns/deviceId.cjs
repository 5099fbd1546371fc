// Stands in for @vscode/deviceid, which keeps one identifier of the machine for telemetry: here every run is a new one.
const { randomUUID } = require("node:crypto");

exports.getDeviceId = async () => randomUUID();

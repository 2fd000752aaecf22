/** On what Cordwood gives to winston: formats hand symbols on, as winston's own must be. */
export const FROM_CORDWOOD = Symbol.for("@cordwood/bridges.winston");

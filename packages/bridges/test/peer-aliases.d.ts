// Peers under the names of their older versions, of which the types are elsewhere or of another time.
declare module "debug-4-4-0";
declare module "express-4";
declare module "express-4-18";
declare module "koa-2";
declare module "koa-2-0";

import { runWorker } from "./main.js";

void runWorker();

import { getLogger } from "@cordwood/core";

const moduleLogger = getLogger("spam_application.auxiliary");

export class Auxiliary {
  readonly #logger = getLogger("spam_application.auxiliary.Auxiliary");

  constructor() {
    this.#logger.info("creating an instance of Auxiliary");
  }

  doSomething(): void {
    this.#logger.info("doing something");
    this.#logger.info("done doing something");
  }
}

export const someFunction = (): void => {
  moduleLogger.info('received a call to "some_function"');
};

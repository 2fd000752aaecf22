/** The widest a field is filled up to, and the most digits a number is given: what a format or a nested field asks beyond is cut to it. */
export const MOST_WIDTH = 1_024;
export const MOST_PRECISION = 100;

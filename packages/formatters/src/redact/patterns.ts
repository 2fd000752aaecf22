import { LoggingError, show } from "@cordwood/core";

/** Secrets that RedactFilter knows by their look. */
export type SecretPattern = "authorization" | "jwt" | "tokens" | "cards" | "pem" | "url-credentials" | "assignments" | "emails";

/** Something to look for in text. */
export interface TextPattern {
  /** Global; the group `keep`, if it has one, stays. Every repetition of ours is bounded, so that no text takes more than linear time. */
  readonly regexp: RegExp;
  /** Texts shorter than this cannot hold one. */
  readonly shortest: number;
  /** What each of them has in it, or nothing: quicker to look for than the expression. */
  readonly needs: string;
  /** Looks closer at what the expression has found. */
  accept?(secret: string): boolean;
}

const TOKENS = [
  "gh[oprsu]_[A-Za-z0-9]{20,255}", // GitHub
  "github_pat_[A-Za-z0-9_]{20,255}",
  "gl(?:pat|dt|rt|ptt|ft|cbt|imt|agent|oas|soat)-[A-Za-z0-9_-]{16,255}", // GitLab
  "xox[abeoprs]-[A-Za-z0-9-]{10,255}", // Slack
  "xapp-[A-Za-z0-9-]{10,255}",
  "[rsp]k_(?:live|test)_[A-Za-z0-9]{10,255}", // Stripe
  "whsec_[A-Za-z0-9+/=]{16,255}",
  "sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{20,255}", // OpenAI, Anthropic
  "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}", // AWS
  "AIza[A-Za-z0-9_-]{35}", // Google
  "ya29\\.[A-Za-z0-9_-]{20,1024}",
  "GOCSPX-[A-Za-z0-9_-]{20,64}",
  "npm_[A-Za-z0-9]{36}",
  "pypi-[A-Za-z0-9_-]{32,512}",
  "dop_v1_[a-f0-9]{64}", // DigitalOcean
  "SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,128}", // SendGrid
  "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", // Shopify
  "hf_[A-Za-z0-9]{30,64}",
  "key-[a-f0-9]{32}", // Mailgun
];

const SECRET_WORDS =
  "pass(?:word|wd|phrase|code)|pwd|(?:access|refresh|auth|api|id|session|csrf|bearer|client|app)?[_-]?(?:token|secret)|" +
  "(?:access|api|auth|secret|private|encryption|signing|client|account|shared|app|service)[_-]?key|credentials?|session[_-]?id|otp|cvv|cvc";
const QUERY_WORDS = `${SECRET_WORDS}|authorization|key|sig|signature|code|jwt|sas|x-amz-(?:signature|credential|security-token)|x-goog-signature`;
/** What may stand between a name and its value: the end of a quoted key, however often escaped, and the sign. */
const SIGN = `\\\\{0,15}["']?[ \\t]{0,8}(?:=>?|:)[ \\t]{0,8}`;
/** A secret's name with what may stand before it: `DB_PASSWORD`, `x-api-key`. */
const NAME = `(?:[A-Za-z0-9]{1,24}[_-]){0,3}(?:${SECRET_WORDS})`;
/** What follows the beginning of a quoted value up to its end, which is escaped as its beginning was; without an end, the rest of the line. */
const QUOTED = String.raw`(?<escape>\\{0,15})(?<mark>["'])(?:(?:[^"'\\]|(?!\k<mark>)["']|(?!\k<escape>\k<mark>)\\{1,31}[^\\]){0,4096}\k<escape>\k<mark>|(?:[^"'\\\r\n]|(?!\k<mark>)["']|(?!\k<escape>\k<mark>)\\{1,31}[^\\])*)`;
/** A list or an object, with others one level below. */
const BRACKETS = String.raw`[\[{](?:[^\[\]{}]|[\[{][^\[\]{}]{0,1024}[\]}]){0,4096}[\]}]?`;

const global = (source: string, flags: string, shortest: number, needs = ""): TextPattern => ({
  regexp: new RegExp(source, `g${flags}`),
  shortest,
  needs,
});

// Made when the first filter asks: who imports the package for something else should not pay for them.
const makeBuiltIn = (): Readonly<Record<SecretPattern, readonly TextPattern[]>> => ({
  authorization: [
    global(String.raw`\b(?<keep>(?:Bearer|Basic|Digest|Negotiate|Token|ApiKey|AWS4-HMAC-SHA256)[ \t\u00a0]{1,8})[^\s,"']{6,4096}`, "i", 12),
  ],
  jwt: [global(String.raw`\beyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,8192}){0,3}`, "", 18, "eyJ")],
  tokens: [global(`(?<![A-Za-z0-9])(?:${TOKENS.join("|")})`, "", 16)],
  cards: [{ ...global(String.raw`(?<!\d)(?<!\d\.)\d(?:[ \-\u00a0\u2010-\u2014.]?\d){11,22}(?!\d)`, "", 12), accept: isCard }],
  pem: [
    global(
      String.raw`-----BEGIN (?<kind>[A-Z0-9 ]{0,40})PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END \k<kind>PRIVATE KEY(?: BLOCK)?-----|$)`,
      "",
      25,
      "-----BEGIN ",
    ),
  ],
  "url-credentials": [
    global(String.raw`(?<keep>(?<![a-z0-9+.\-:])(?:[a-z][a-z0-9+.\-]{0,30}:)?/{2})[^\s/?#"'<>]{1,1024}(?=@)`, "i", 5, "@"),
    // A password with a slash in it, which is not a port and a path.
    global(
      String.raw`(?<keep>(?<![a-z0-9+.\-])[a-z][a-z0-9+.\-]{0,30}:/{2}[^\s/?#"'<>:@[]{0,256}:)(?!\d{1,5}[/?#])[^\s"'<>@]{1,256}(?=@)`,
      "i",
      8,
      "@",
    ),
    // The data source names of Go's drivers.
    global(String.raw`(?<keep>(?<![\w.\-])[\w.\-]{1,64}:)[^\s@/"']{1,256}(?=@(?:tcp|udp|unix)\()`, "i", 8, "@"),
    global(String.raw`(?<keep>[?&;](?:${QUERY_WORDS})=)[^&\s#"'<>;]{1,4096}`, "i", 5, "="),
  ],
  assignments: [
    global(String.raw`(?<![A-Za-z0-9])(?<keep>(?:(?:proxy-)?authorization|(?:set-)?cookie)${SIGN})[^\r\n"'\\]{1,4096}`, "i", 8),
    global(`(?<![A-Za-z0-9])(?<keep>${NAME}${SIGN})(?:${QUOTED}|${BRACKETS}|${String.raw`[^\s,;&"'}\])]{1,4096}`})`, "i", 5),
    global(String.raw`(?<keep><(?:[A-Za-z0-9]{1,24}:)?${NAME}(?:[ \t][^<>]{0,256})?(?<!/)>)[^<]{1,4096}`, "i", 8, "<"),
    // Options of commands: `--db-password x`, `curl -u name:x`.
    global(String.raw`(?<![A-Za-z0-9\-])(?<keep>--${NAME}[ \t]{1,8})(?!-)\S{1,4096}`, "i", 8, "--"),
    global(String.raw`(?<![A-Za-z0-9\-])(?<keep>(?:-u|--user|--proxy-user)[= \t]{1,8}["']?[^\s:"']{1,256}:)[^\s"']{1,4096}`, "", 6, "-u"),
    // A part of a form, behind its headers.
    global(String.raw`(?<keep>\bname="?${NAME}"?[^\r\n]{0,256}\r?\n(?:[^\r\n]{1,256}\r?\n){0,4}\r?\n)[^\r\n]{1,4096}`, "i", 12, "\n"),
  ],
  emails: [global(String.raw`(?<![\w.%+\-])[\w.%+\-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])`, "", 6, "@")],
});

let builtIn: Readonly<Record<SecretPattern, readonly TextPattern[]>> | undefined;

/** The patterns that look for secrets of any kind; `emails` are data of persons rather than secrets and have to be asked for. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  "authorization",
  "jwt",
  "tokens",
  "cards",
  "pem",
  "url-credentials",
  "assignments",
];

/** @throws LoggingError for a name that is none of the built-in patterns. */
export function patternsOf(given: SecretPattern | RegExp): readonly TextPattern[] {
  if (given instanceof RegExp) return [global(given.source, given.flags.replace(/[gy]/g, ""), 0)];
  builtIn ??= makeBuiltIn();
  if (typeof given === "string" && Object.hasOwn(builtIn, given)) return builtIn[given];
  throw new LoggingError(
    "OPTION_INVALID",
    `RedactFilter: patterns holds ${show(given)}; give a regular expression or one of ${Object.keys(builtIn).join(", ")}`,
  );
}

/** ISO/IEC 7812-1: 12 to 19 digits, the last of which makes the Luhn sum a multiple of ten. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (digits.length < 12 || digits.length > 19 || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** The zone database's abbreviations made of letters. Intl knows others, such as `LHST`, for zones that the database names by their offset. */
const ABBREVIATIONS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    "ACDT ACST ADT AEDT AEST AKDT AKST AST AWDT AWST BST CAT CDT CEST CET CST EAT EDT EEST EET EST GMT HDT HKT HST IDT IST JST KST MDT MSD MSK MST " +
    "NDT NST NZDT NZST PDT PKT PST SAST SST WAST WAT WEST WET WIB WIT WITA"
  ).split(" "),
);

/** Names by offset in minutes where no language's short names have them. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Africa/Cairo": { 120: "EET", 180: "EEST" },
  "Africa/Johannesburg": { 120: "SAST" },
  "Africa/Lagos": { 60: "WAT" },
  "Africa/Nairobi": { 180: "EAT" },
  "America/Adak": { "-600": "HST", "-540": "HDT" },
  "America/Dawson": { "-420": "MST" },
  "America/Havana": { "-300": "CST", "-240": "CDT" },
  "America/Hermosillo": { "-420": "MST" },
  "America/Mazatlan": { "-420": "MST", "-360": "MDT" },
  "America/St_Johns": { "-210": "NST", "-150": "NDT" },
  "America/Whitehorse": { "-420": "MST" },
  "Asia/Hong_Kong": { 480: "HKT" },
  "Asia/Jakarta": { 420: "WIB" },
  "Asia/Jayapura": { 540: "WIT" },
  "Asia/Jerusalem": { 120: "IST", 180: "IDT" },
  "Asia/Karachi": { 300: "PKT" },
  "Asia/Macau": { 480: "CST" },
  "Asia/Makassar": { 480: "WITA" },
  "Asia/Manila": { 480: "PST" },
  "Asia/Pontianak": { 420: "WIB" },
  "Asia/Seoul": { 540: "KST" },
  "Asia/Shanghai": { 480: "CST" },
  "Asia/Taipei": { 480: "CST" },
  "Asia/Tokyo": { 540: "JST" },
  "Europe/Dublin": { 60: "IST" },
  // Summer time by name all year round until October 1971.
  "Europe/London": { 60: "BST" },
  "Europe/Moscow": { 180: "MSK", 240: "MSD" },
  "Pacific/Guam": { 600: "ChST" },
  "Pacific/Pago_Pago": { "-660": "SST" },
};

/** Languages whose short names, between them, cover the abbreviations in common use. */
const LANGUAGES = ["en-US", "en-GB", "en-AU", "en-IN", "en-NZ", "en-ZA"];

const remembered = /* @__PURE__ */ new Map<string, string>();
const MOST_REMEMBERED = 500;

/**
 * The abbreviation of a zone at a moment. The zone database has one for every zone, `Intl` only for some: where neither it nor the table above
 * has one, the offset is shown (`+1030`), as the database itself does for zones without letters.
 */
export function zoneAbbreviation(zone: string, second: number, offset: number): string {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  // Within a day a zone has one name for one offset.
  const key = `${zone} ${offset} ${Math.floor(second / 86_400)}`;
  let name = remembered.get(key);
  if (name === undefined) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    name = NAMES[zone]?.[String(offset / 60)] ?? shortName(zone, second) ?? offsetName(offset);
    remembered.set(key, name);
  }
  return name;
}

function shortName(zone: string, second: number): string | undefined {
  for (const language of LANGUAGES) {
    const format = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "short" });
    const name = format.formatToParts(second * 1000).find((part) => part.type === "timeZoneName")?.value;
    if (name !== undefined && ABBREVIATIONS.has(name)) return name;
  }
  return undefined;
}

function offsetName(offset: number): string {
  const size = Math.floor(Math.abs(offset) / 60);
  const minutes = size % 60;
  const two = (value: number): string => String(value).padStart(2, "0");
  return (offset < 0 ? "-" : "+") + two((size - minutes) / 60) + (minutes === 0 ? "" : two(minutes));
}

import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  DurationSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
} from "@bufbuild/protobuf/wkt";

/** A field: its type and number; `[]` a list, `{}` a map of texts, another message or enum by its name, `|` in front for a member of the oneof. */
type Fields = Readonly<Record<string, readonly [type: string, number: number]>>;
type Enum = Readonly<Record<string, number>>;

const SCALARS: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  bool: FieldDescriptorProto_Type.BOOL,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  uint32: FieldDescriptorProto_Type.UINT32,
  fixed32: FieldDescriptorProto_Type.FIXED32,
  fixed64: FieldDescriptorProto_Type.FIXED64,
  double: FieldDescriptorProto_Type.DOUBLE,
  bytes: FieldDescriptorProto_Type.BYTES,
};

const jsonName = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function fileOf(pkg: string, messages: Readonly<Record<string, Fields>>, enums: Readonly<Record<string, Enum>>): FileDescriptorProto {
  const field = (message: string, name: string, [written, number]: readonly [string, number]) => {
    const type = written.replace(/^\||\[\]$/g, "");
    const map = type === "{}";
    const named = map ? `.${pkg}.${message}.${name}Entry` : type.includes(".") ? `.${type}` : `.${pkg}.${type}`;
    return {
      name,
      number,
      jsonName: jsonName(name),
      label: map || written.endsWith("[]") ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
      ...(written.startsWith("|") && { oneofIndex: 0 }),
      ...(type in SCALARS
        ? { type: SCALARS[type] as FieldDescriptorProto_Type }
        : { type: type in enums ? FieldDescriptorProto_Type.ENUM : FieldDescriptorProto_Type.MESSAGE, typeName: named }),
    };
  };
  return create(FileDescriptorProtoSchema, {
    name: `${pkg}.proto`,
    package: pkg,
    syntax: "proto3",
    dependency: ["google/protobuf/duration.proto"],
    messageType: Object.entries(messages).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([key, how]) => field(name, key, how)),
      ...(Object.values(fields).some(([type]) => type.startsWith("|")) && { oneofDecl: [{ name: "value" }] }),
      nestedType: Object.entries(fields)
        .filter(([, [type]]) => type === "{}")
        .map(([key]) => ({
          name: `${key}Entry`,
          field: [field("", "key", ["string", 1]), field("", "value", ["string", 2])],
          options: { mapEntry: true },
        })),
    })),
    enumType: Object.entries(enums).map(([name, values]) => ({
      name,
      value: Object.entries(values).map(([key, number]) => ({ name: key, number })),
    })),
  });
}

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      file_google_protobuf_duration.proto,
      // github.com/open-telemetry/opentelemetry-proto, opentelemetry/proto/{logs,common}/v1, version 1.9, Apache-2.0.
      fileOf(
        "opentelemetry",
        {
          LogRecord: {
            time_unix_nano: ["fixed64", 1],
            observed_time_unix_nano: ["fixed64", 11],
            severity_number: ["SeverityNumber", 2],
            severity_text: ["string", 3],
            body: ["AnyValue", 5],
            attributes: ["KeyValue[]", 6],
            dropped_attributes_count: ["uint32", 7],
            flags: ["fixed32", 8],
            trace_id: ["bytes", 9],
            span_id: ["bytes", 10],
            event_name: ["string", 12],
          },
          AnyValue: {
            string_value: ["|string", 1],
            bool_value: ["|bool", 2],
            int_value: ["|int64", 3],
            double_value: ["|double", 4],
            array_value: ["|ArrayValue", 5],
            kvlist_value: ["|KeyValueList", 6],
            bytes_value: ["|bytes", 7],
          },
          ArrayValue: { values: ["AnyValue[]", 1] },
          KeyValueList: { values: ["KeyValue[]", 1] },
          KeyValue: { key: ["string", 1], value: ["AnyValue", 2] },
        },
        { SeverityNumber: Object.fromEntries(Array.from({ length: 25 }, (_, number) => [`SEVERITY_${number}`, number])) },
      ),
      // github.com/googleapis/googleapis, google/logging/v2/log_entry.proto and google/logging/type/*.proto, Apache-2.0.
      fileOf(
        "google.logging",
        {
          LogEntry: {
            severity: ["LogSeverity", 10],
            http_request: ["HttpRequest", 7],
            labels: ["{}", 11],
            operation: ["LogEntryOperation", 15],
            source_location: ["LogEntrySourceLocation", 23],
            insert_id: ["string", 4],
            trace: ["string", 22],
            span_id: ["string", 27],
            trace_sampled: ["bool", 30],
          },
          HttpRequest: {
            request_method: ["string", 1],
            request_url: ["string", 2],
            request_size: ["int64", 3],
            status: ["int32", 4],
            response_size: ["int64", 5],
            user_agent: ["string", 6],
            remote_ip: ["string", 7],
            server_ip: ["string", 13],
            referer: ["string", 8],
            latency: ["google.protobuf.Duration", 14],
            cache_lookup: ["bool", 11],
            cache_hit: ["bool", 9],
            cache_validated_with_origin_server: ["bool", 10],
            cache_fill_bytes: ["int64", 12],
            protocol: ["string", 15],
          },
          LogEntryOperation: { id: ["string", 1], producer: ["string", 2], first: ["bool", 3], last: ["bool", 4] },
          LogEntrySourceLocation: { file: ["string", 1], line: ["int64", 2], function: ["string", 3] },
        },
        {
          LogSeverity: {
            DEFAULT: 0,
            DEBUG: 100,
            INFO: 200,
            NOTICE: 300,
            WARNING: 400,
            ERROR: 500,
            CRITICAL: 600,
            ALERT: 700,
            EMERGENCY: 800,
          },
        },
      ),
    ],
  }),
);

const named = (name: string): DescMessage => registry.getMessage(name) as DescMessage;
export const LOG_ENTRY = named("google.logging.LogEntry");
const LOG_RECORD = named("opentelemetry.LogRecord");
void DurationSchema;

/** Reads JSON as a message, strictly: an unknown field or another type throws. */
export const strictly = (schema: DescMessage, json: unknown): Message => fromJson(schema, json as JsonValue);

const HEX = { traceId: /^[\da-f]{32}$/, spanId: /^[\da-f]{16}$/ };

/**
 * Reads a line as OTLP's LogRecord, strictly, and gives it back from the binary form. OTLP's JSON is that of protocol buffers but for two things: ids are
 * hexadecimal, and enums are numbers.
 */
export function readOtlp(line: string): Record<string, unknown> {
  const json = JSON.parse(line) as Record<string, unknown>;
  const standard = { ...json };
  for (const key of ["traceId", "spanId"] as const) {
    if (!(key in json)) continue;
    if (typeof json[key] !== "string" || !HEX[key].test(json[key])) throw new Error(`${key} is ${String(json[key])}`);
    standard[key] = Buffer.from(json[key], "hex").toString("base64");
  }
  if (typeof json["severityNumber"] !== "number") throw new Error(`severityNumber is ${String(json["severityNumber"])}`);
  const message = fromBinary(LOG_RECORD, toBinary(LOG_RECORD, strictly(LOG_RECORD, standard)));
  const back = toJson(LOG_RECORD, message, { enumAsInteger: true }) as Record<string, unknown>;
  for (const key of ["traceId", "spanId"] as const)
    if (typeof back[key] === "string") back[key] = Buffer.from(back[key], "base64").toString("hex");
  return back;
}

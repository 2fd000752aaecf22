// Names and types of the fields of the Elastic Common Schema 8.11 (github.com/elastic/ecs, Apache-2.0), checked against the schema itself in the tests.
// `name(…)` is an object of those fields; what follows a name is its type: # a number, ? a boolean, @ a date, % an IP address, * a place, {} any
// object, and nothing for what is indexed as text.

const HASH = "md5 sha1 sha256 sha384 sha512 ssdeep tlsh";
const THREAD = "capabilities(effective permitted) id# name";
const GATEWAY = "interface(alias id name) vlan(id name) zone";
const REGISTRY = "data(bytes strings type) hive key path value";
const OS = "family full kernel name platform type version";
const SECTIONS = "entropy# name physical_size# var_entropy# virtual_size#";
const USER = "domain email full_name group(domain id name) hash id name roles";
const LEADER = "entity_id pid# session_leader(entity_id pid# start@ vpid#) start@ vpid#";
const SERVICE = "address environment ephemeral_id id name node(name role roles) state type version";
const CODE_SIGNATURE = "digest_algorithm exists? signing_id status subject_name team_id timestamp@ trusted? valid?";
const NAME = "common_name country distinguished_name locality organization organizational_unit state_or_province";
const RISK = "calculated_level calculated_score# calculated_score_norm# static_level static_score# static_score_norm#";
const CLOUD = "account(id name) availability_zone instance(id name) machine(type) project(id name) provider region service(name)";
const URL =
  "domain extension fragment full original password path port# query registered_domain scheme subdomain top_level_domain username";
const GEO =
  "city_name continent_code continent_name country_iso_code country_name location* name postal_code region_iso_code region_name " +
  "timezone";
const MACHO =
  "go_import_hash go_imports{} go_imports_names_entropy# go_imports_names_var_entropy# go_stripped? import_hash imports{} " +
  `imports_names_entropy# imports_names_var_entropy# sections(${SECTIONS}) symhash`;
const PE =
  "architecture company description file_version go_import_hash go_imports{} go_imports_names_entropy# go_imports_names_var_entropy# " +
  "go_stripped? imphash import_hash imports{} imports_names_entropy# imports_names_var_entropy# original_file_name pehash product " +
  `sections(${SECTIONS})`;
const ADDRESS =
  `address as(number# organization(name)) bytes# domain geo(${GEO}) ip% mac nat(ip% port#) packets# port# registered_domain subdomain ` +
  `top_level_domain user(${USER})`;
const X509 =
  `alternative_names issuer(${NAME}) not_after@ not_before@ public_key_algorithm public_key_curve public_key_exponent# public_key_size# ` +
  `serial_number signature_algorithm subject(${NAME}) version_number`;
const ELF =
  "architecture byte_order cpu_type creation_date@ exports{} go_import_hash go_imports{} go_imports_names_entropy# " +
  "go_imports_names_var_entropy# go_stripped? header(abi_version class data entrypoint# object_version os_abi type version) import_hash " +
  "imports{} imports_names_entropy# imports_names_var_entropy# sections(chi2# entropy# flags name physical_offset physical_size# type " +
  "var_entropy# virtual_address# virtual_size#) segments(sections type) shared_libraries telfhash";
const INDICATOR =
  `as(number# organization(name)) confidence description email(address) file(accessed@ attributes code_signature(${CODE_SIGNATURE}) ` +
  `created@ ctime@ device directory drive_letter elf(${ELF}) extension fork_name gid group hash(${HASH}) inode mime_type mode mtime@ ` +
  `name owner path pe(${PE}) size# target_path type uid x509(${X509})) first_seen@ geo(${GEO}) ip% last_seen@ marking(tlp tlp_version) ` +
  `modified_at@ name port# provider reference registry(${REGISTRY}) scanner_stats# sightings# type url(${URL}) x509(${X509})`;

const FIELDS =
  `@timestamp@ agent(build(original) ephemeral_id id name type version) client(${ADDRESS}) cloud(account(id name) availability_zone ` +
  `instance(id name) machine(type) origin(${CLOUD}) project(id name) provider region service(name) target(${CLOUD})) ` +
  "container(cpu(usage#) disk(read(bytes#) write(bytes#)) id image(hash(all) name tag) labels{} memory(usage#) name " +
  "network(egress(bytes#) ingress(bytes#)) runtime security_context(privileged?)) data_stream(dataset namespace type) " +
  `destination(${ADDRESS}) device(id manufacturer model(identifier name)) dll(code_signature(${CODE_SIGNATURE}) hash(${HASH}) name path ` +
  `pe(${PE})) dns(answers(class data name ttl# type) header_flags id op_code question(class name registered_domain subdomain ` +
  `top_level_domain type) resolved_ip% response_code type) ecs(version) email(attachments(file(extension hash(${HASH}) mime_type name ` +
  "size#)) bcc(address) cc(address) content_type delivery_timestamp@ direction from(address) local_id message_id origination_timestamp@ " +
  "reply_to(address) sender(address) subject to(address) x_mailer) error(code id message stack_trace type) event(action agent_id_status " +
  "category code created@ dataset duration# end@ hash id ingested@ kind module original outcome provider reason reference risk_score# " +
  "risk_score_norm# sequence# severity# start@ timezone type url) faas(coldstart? execution id name trigger(request_id type) version) " +
  `file(accessed@ attributes code_signature(${CODE_SIGNATURE}) created@ ctime@ device directory drive_letter elf(${ELF}) extension ` +
  `fork_name gid group hash(${HASH}) inode macho(${MACHO}) mime_type mode mtime@ name owner path pe(${PE}) size# target_path type uid ` +
  `x509(${X509})) group(domain id name) host(architecture boot(id) cpu(usage#) disk(read(bytes#) write(bytes#)) domain geo(${GEO}) ` +
  `hostname id ip% mac name network(egress(bytes# packets#) ingress(bytes# packets#)) os(${OS}) pid_ns_ino risk(${RISK}) type uptime#) ` +
  "http(request(body(bytes# content) bytes# id method mime_type referrer) response(body(bytes# content) bytes# mime_type status_code#) " +
  "version) labels{} log(file(path) level logger origin(file(line# name) function) syslog(appname facility(code# name) hostname msgid " +
  "priority# procid severity(code# name) structured_data{} version)) message network(application bytes# community_id direction " +
  `forwarded_ip% iana_number inner(vlan(id name)) name packets# protocol transport type vlan(id name)) observer(egress(${GATEWAY}) ` +
  `geo(${GEO}) hostname ingress(${GATEWAY}) ip% mac name os(${OS}) product serial_number type vendor version) orchestrator(api_version ` +
  "cluster(id name url version) namespace organization resource(annotation id ip% label name parent(type) type) type) organization(id " +
  "name) package(architecture build_version checksum description install_scope installed@ license name path reference size# type " +
  `version) process(args args_count# code_signature(${CODE_SIGNATURE}) command_line elf(${ELF}) end@ entity_id entry_leader(args ` +
  "args_count# attested_groups(name) attested_user(id name) command_line entity_id entry_meta(source(ip%) type) executable group(id " +
  `name) interactive? name parent(${LEADER}) pid# real_group(id name) real_user(id name) same_as_process? saved_group(id name) ` +
  "saved_user(id name) start@ supplemental_groups(id name) tty(char_device(major# minor#)) user(id name) vpid# working_directory) " +
  "env_vars executable exit_code# group_leader(args args_count# command_line entity_id executable group(id name) interactive? name pid# " +
  "real_group(id name) real_user(id name) same_as_process? saved_group(id name) saved_user(id name) start@ supplemental_groups(id name) " +
  `tty(char_device(major# minor#)) user(id name) vpid# working_directory) hash(${HASH}) interactive? io(bytes_skipped(length# offset#) ` +
  `max_bytes_per_process_exceeded? text total_bytes_captured# total_bytes_skipped# type) macho(${MACHO}) name parent(args args_count# ` +
  `code_signature(${CODE_SIGNATURE}) command_line elf(${ELF}) end@ entity_id executable exit_code# group(id name) ` +
  `group_leader(entity_id pid# start@ vpid#) hash(${HASH}) interactive? macho(${MACHO}) name pe(${PE}) pgid# pid# real_group(id name) ` +
  `real_user(id name) saved_group(id name) saved_user(id name) start@ supplemental_groups(id name) thread(${THREAD}) title ` +
  `tty(char_device(major# minor#)) uptime# user(id name) vpid# working_directory) pe(${PE}) pgid# pid# previous(args args_count# ` +
  "executable) real_group(id name) real_user(id name) saved_group(id name) saved_user(id name) session_leader(args args_count# " +
  `command_line entity_id executable group(id name) interactive? name parent(${LEADER}) pid# real_group(id name) real_user(id name) ` +
  "same_as_process? saved_group(id name) saved_user(id name) start@ supplemental_groups(id name) tty(char_device(major# minor#)) " +
  `user(id name) vpid# working_directory) start@ supplemental_groups(id name) thread(${THREAD}) title tty(char_device(major# minor#) ` +
  `columns# rows#) uptime# user(id name) vpid# working_directory) registry(${REGISTRY}) related(hash hosts ip% user) rule(author ` +
  `category description id license name reference ruleset uuid version) server(${ADDRESS}) service(address environment ephemeral_id id ` +
  `name node(name role roles) origin(${SERVICE}) state target(${SERVICE}) type version) source(${ADDRESS}) span(id) tags ` +
  `threat(enrichments(indicator(${INDICATOR}) matched(atomic field id index occurred@ type)) feed(dashboard_id description name ` +
  `reference) framework group(alias id name reference) indicator(${INDICATOR}) software(alias id name platforms reference type) ` +
  "tactic(id name reference) technique(id name reference subtechnique(id name reference))) tls(cipher client(certificate " +
  `certificate_chain hash(md5 sha1 sha256) issuer ja3 not_after@ not_before@ server_name subject supported_ciphers x509(${X509})) curve ` +
  "established? next_protocol resumed? server(certificate certificate_chain hash(md5 sha1 sha256) issuer ja3s not_after@ not_before@ " +
  `subject x509(${X509})) version version_protocol) trace(id) transaction(id) url(${URL}) user(changes(${USER}) domain ` +
  `effective(${USER}) email full_name group(domain id name) hash id name risk(${RISK}) roles target(${USER})) user_agent(device(name) ` +
  `name original os(${OS}) version) vulnerability(category classification description enumeration id reference report_id ` +
  "scanner(vendor) score(base# environmental# temporal# version) severity)";

/** What Elasticsearch takes for a value: one of these types … */
export type EcsType = "text" | "number" | "boolean" | "date" | "ip" | "place" | "object";
/** … or an object with these fields, and any others. */
export interface EcsObject extends ReadonlyMap<string, EcsType | EcsObject> {}

const TYPES: Readonly<Record<string, EcsType>> = { "#": "number", "?": "boolean", "@": "date", "%": "ip", "*": "place", "{}": "object" };

let parsed: EcsObject | undefined;

/** All fields of ECS; read when the first is asked for. */
export const ecsFields = (): EcsObject => (parsed ??= parse());

function parse(): EcsObject {
  const root = new Map<string, EcsType | EcsObject>();
  const above: (typeof root)[] = [];
  let at = root;
  for (const [token, name, mark] of FIELDS.matchAll(/(@?\w+)(\(|[#?@%*]|\{\})?|\)/g)) {
    if (token === ")") at = above.pop() as typeof root;
    else if (mark === "(") {
      const inner = new Map<string, EcsType | EcsObject>();
      at.set(name as string, inner);
      above.push(at);
      at = inner;
    } else at.set(name as string, mark === undefined ? "text" : (TYPES[mark] as EcsType));
  }
  return root;
}

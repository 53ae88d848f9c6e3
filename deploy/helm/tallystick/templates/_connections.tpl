{{/*
Each group of settings comes twice: as variables of the process (`…Env`) and as files of its Secrets (`…Files`), which are mounted
below /etc/tallystick. A group is { at: its values, prefix: of the variables, folder: of the files }.
*/}}
{{- define "tallystick.file" -}}
{{- if .from.secret }}
- secret: { name: {{ .from.secret | quote }}, items: [{ key: {{ .from.key | quote }}, path: {{ .path | quote }} }] }
{{- end }}
{{- end }}

{{- define "tallystick.fileEnv" -}}
{{- if .from.secret }}
- { name: {{ .name }}, value: /etc/tallystick/{{ .path }} }
{{- end }}
{{- end }}

{{- define "tallystick.redisEnv" -}}
{{- $p := printf "%s_REDIS" .prefix }}
{{- with .at.url }}
- { name: {{ $p }}_URL, value: {{ . | quote }} }
{{- end }}
{{- with .at.sentinels }}
- { name: {{ $p }}_SENTINELS, value: {{ join "," . | quote }} }
- { name: {{ $p }}_SENTINEL_PRIMARY, value: {{ $.at.sentinelPrimary | quote }} }
{{- end }}
{{- with .at.sentinelUsername }}
- { name: {{ $p }}_SENTINEL_USERNAME, value: {{ . | quote }} }
{{- end }}
{{- include "tallystick.fileEnv" (dict "from" .at.sentinelPassword "name" (printf "%s_SENTINEL_PASSWORD_FILE" $p) "path" (printf "%s/sentinel-password" .folder)) }}
{{- with .at.tls }}
- { name: {{ $p }}_TLS, value: {{ . | quote }} }
{{- end }}
{{- with .at.tlsServerName }}
- { name: {{ $p }}_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- with .at.username }}
- { name: {{ $p }}_USERNAME, value: {{ . | quote }} }
{{- end }}
{{- include "tallystick.fileEnv" (dict "from" .at.password "name" (printf "%s_PASSWORD_FILE" $p) "path" (printf "%s/password" .folder)) }}
{{- include "tallystick.fileEnv" (dict "from" .at.ca "name" (printf "%s_CA_FILE" $p) "path" (printf "%s/ca" .folder)) }}
{{- include "tallystick.fileEnv" (dict "from" .at.cert "name" (printf "%s_CERT_FILE" $p) "path" (printf "%s/cert" .folder)) }}
{{- include "tallystick.fileEnv" (dict "from" .at.key "name" (printf "%s_KEY_FILE" $p) "path" (printf "%s/key" .folder)) }}
{{- end }}

{{/* Said only where somebody said it: none and nothing said are not the same. */}}
{{- define "tallystick.replicasEnv" -}}
{{- if ne (toString .at.replicas) "" }}
- { name: {{ .prefix }}_REDIS_REPLICAS, value: {{ .at.replicas | quote }} }
{{- end }}
{{- end }}

{{- define "tallystick.redisFiles" -}}
{{- range $entry := list "password" "ca" "cert" "key" }}
{{- include "tallystick.file" (dict "from" (get $.at $entry) "path" (printf "%s/%s" $.folder $entry)) }}
{{- end }}
{{- include "tallystick.file" (dict "from" .at.sentinelPassword "path" (printf "%s/sentinel-password" .folder)) }}
{{- end }}

{{- define "tallystick.kafkaEnv" -}}
{{- $p := printf "%s_KAFKA" .prefix }}
- { name: {{ $p }}_BROKERS, value: {{ join "," .at.brokers | quote }} }
{{- if .at.tls }}
- { name: {{ $p }}_TLS, value: 'true' }
{{- end }}
{{- include "tallystick.fileEnv" (dict "from" .at.ca "name" (printf "%s_CA_FILE" $p) "path" "kafka/ca") }}
{{- include "tallystick.fileEnv" (dict "from" .at.cert "name" (printf "%s_CERT_FILE" $p) "path" "kafka/cert") }}
{{- include "tallystick.fileEnv" (dict "from" .at.key "name" (printf "%s_KEY_FILE" $p) "path" "kafka/key") }}
{{- with .at.sasl.mechanism }}
- { name: {{ $p }}_SASL_MECHANISM, value: {{ . | quote }} }
- { name: {{ $p }}_SASL_USERNAME, value: {{ $.at.sasl.username | quote }} }
{{- include "tallystick.fileEnv" (dict "from" $.at.sasl.password "name" (printf "%s_SASL_PASSWORD_FILE" $p) "path" "kafka/password") }}
{{- end }}
{{- end }}

{{- define "tallystick.kafkaFiles" -}}
{{- range $entry := list "ca" "cert" "key" }}
{{- include "tallystick.file" (dict "from" (get $.at $entry) "path" (printf "kafka/%s" $entry)) }}
{{- end }}
{{- include "tallystick.file" (dict "from" .at.sasl.password "path" "kafka/password") }}
{{- end }}

{{- define "tallystick.temporalEnv" -}}
{{- $p := printf "%s_TEMPORAL" .prefix }}
- { name: {{ $p }}_ADDRESS, value: {{ .at.address | quote }} }
- { name: {{ $p }}_NAMESPACE, value: {{ .at.namespace | quote }} }
{{- if .at.tls }}
- { name: {{ $p }}_TLS, value: 'true' }
{{- end }}
{{- with .at.serverName }}
- { name: {{ $p }}_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- include "tallystick.fileEnv" (dict "from" .at.ca "name" (printf "%s_CA_FILE" $p) "path" "temporal/ca") }}
{{- include "tallystick.fileEnv" (dict "from" .at.cert "name" (printf "%s_CERT_FILE" $p) "path" "temporal/cert") }}
{{- include "tallystick.fileEnv" (dict "from" .at.key "name" (printf "%s_KEY_FILE" $p) "path" "temporal/key") }}
{{- include "tallystick.fileEnv" (dict "from" .at.apiKey "name" (printf "%s_API_KEY_FILE" $p) "path" "temporal/api-key") }}
{{- end }}

{{- define "tallystick.temporalFiles" -}}
{{- range $entry := list "ca" "cert" "key" }}
{{- include "tallystick.file" (dict "from" (get $.at $entry) "path" (printf "temporal/%s" $entry)) }}
{{- end }}
{{- include "tallystick.file" (dict "from" .at.apiKey "path" "temporal/api-key") }}
{{- end }}

{{- define "tallystick.listenerEnv" -}}
{{- include "tallystick.fileEnv" (dict "from" .cert "name" "HTTP_TLS_CERT_FILE" "path" "listener/cert") }}
{{- include "tallystick.fileEnv" (dict "from" .key "name" "HTTP_TLS_KEY_FILE" "path" "listener/key") }}
{{- include "tallystick.fileEnv" (dict "from" (.clientCa | default dict) "name" "HTTP_TLS_CLIENT_CA_FILE" "path" "listener/client-ca") }}
{{- include "tallystick.fileEnv" (dict "from" (.callers | default dict) "name" "AUTH_CALLERS_FILE" "path" "listener/callers.json") }}
{{- end }}

{{- define "tallystick.listenerFiles" -}}
{{- include "tallystick.file" (dict "from" .cert "path" "listener/cert") }}
{{- include "tallystick.file" (dict "from" .key "path" "listener/key") }}
{{- include "tallystick.file" (dict "from" (.clientCa | default dict) "path" "listener/client-ca") }}
{{- include "tallystick.file" (dict "from" (.callers | default dict) "path" "listener/callers.json") }}
{{- end }}

{{- define "tallystick.authEnv" -}}
- { name: AUTH_ISSUER, value: {{ required "auth.issuer: the OIDC issuer of everybody who calls" .issuer | quote }} }
- { name: AUTH_AUDIENCE, value: {{ .audience | quote }} }
{{- with .jwks }}
- { name: AUTH_JWKS, value: {{ . | quote }} }
{{- end }}
{{- range $name, $value := .env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "tallystick.keyEnv" -}}
{{- include "tallystick.fileEnv" (dict "from" .from "name" .name "path" (printf "keys/%s" .as)) }}
{{- end }}
{{- define "tallystick.keyFiles" -}}
{{- include "tallystick.file" (dict "from" .from "path" (printf "keys/%s" .as)) }}
{{- end }}

{{- define "tallystick.auditEnv" -}}
{{- include "tallystick.keyEnv" (dict "from" .auditSigning "name" "AUDIT_SIGNING_KEY_FILE" "as" "audit-signing") }}
{{- include "tallystick.keyEnv" (dict "from" .auditDigest "name" "AUDIT_DIGEST_KEY_FILE" "as" "audit-digest") }}
{{- end }}
{{- define "tallystick.auditFiles" -}}
{{- include "tallystick.keyFiles" (dict "from" .auditSigning "as" "audit-signing") }}
{{- include "tallystick.keyFiles" (dict "from" .auditDigest "as" "audit-digest") }}
{{- end }}

{{/* The ports of each kind of server, for policies: those that are listed, and those of the addresses that processes are told. */}}
{{- define "tallystick.serverPorts" -}}
{{- $redis := list }}
{{- range .Values.redis }}{{ $redis = concat (append $redis .url) .sentinels }}{{ end }}
{{- $addresses := dict "redis" $redis "kafka" .Values.kafka.brokers "temporal" (list .Values.temporal.address) "issuer" (list .Values.auth.issuer .Values.auth.jwks) "tracing" (list .Values.tracing.endpoint) }}
{{- $usual := dict "redis" 6379 "rediss" 6379 "https" 443 "http" 80 }}
{{- range $server, $egress := omit .Values.networkPolicy.egress "dns" }}
{{- $ports := list }}
{{- range $egress.ports }}{{ $ports = append $ports (int .) }}{{ end }}
{{- range get $addresses $server | default list }}{{ if . }}
{{- $said := regexFind ":[0-9]+(/|$)" . }}
{{- $scheme := regexFind "^[a-z]+" . }}
{{- $ports = append $ports (ternary ($said | trimPrefix ":" | trimSuffix "/" | int) (get $usual $scheme) (ne $said "")) }}
{{- end }}{{ end }}
{{ $server }}: [{{ range $index, $port := $ports | uniq }}{{ if $index }}, {{ end }}{{ $port }}{{ end }}]
{{- end }}
{{- end }}

{{/* Secrets that documents name: <folder>/<environment>/<name>. */}}
{{- define "tallystick.namedSecretFiles" -}}
{{- range .secrets }}
- secret: { name: {{ .secret | quote }}, items: [{ key: {{ .key | quote }}, path: {{ printf "%s/%s/%s" $.folder .environment .name | quote }} }] }
{{- end }}
{{- end }}

{{/* What each process is told, and which Secrets it sees. A process sees no key that it does not use. */}}
{{- define "tallystick.env.token-service" -}}
{{- $v := .Values }}
- { name: TOKENS_HOST, value: 0.0.0.0 }
- { name: TOKENS_PORT, value: '8080' }
{{- include "tallystick.redisEnv" (dict "prefix" "TOKENS" "at" $v.redis.rings "folder" "redis-rings") }}
{{- include "tallystick.redisEnv" (dict "prefix" "TOKENS_SIGHTINGS" "at" $v.redis.sightings "folder" "redis-sightings") }}
- { name: TOKENS_MIN_REPLICAS, value: {{ $v.redis.rings.minReplicas | quote }} }
{{- include "tallystick.replicasEnv" (dict "prefix" "TOKENS" "at" $v.redis.rings) }}
{{- include "tallystick.kafkaEnv" (dict "prefix" "TOKENS" "at" $v.kafka) }}
{{- include "tallystick.temporalEnv" (dict "prefix" "TOKENS" "at" $v.temporal) }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.peppers "name" "TOKENS_PEPPERS_FILE" "as" "peppers") }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.seal "name" "TOKENS_SEAL_KEYS_FILE" "as" "seal") }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.payload "name" "TOKENS_PAYLOAD_KEYS_FILE" "as" "payload") }}
{{- include "tallystick.auditEnv" $v.keys }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.breakGlass "name" "AUTH_BREAK_GLASS_FILE" "as" "break-glass.json") }}
{{- include "tallystick.fileEnv" (dict "from" $v.tokenService.deliveryTargets "name" "TOKENS_DELIVERY_TARGETS_FILE" "path" "delivery/targets.json") }}
{{- with $v.tokenService.deliverySecrets }}
- { name: TOKENS_SECRETS_FOLDER, value: /etc/tallystick/delivery-secrets }
{{- end }}
{{- include "tallystick.listenerEnv" $v.tokenService.tls }}
{{- end }}
{{- define "tallystick.files.token-service" -}}
{{- $v := .Values }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.rings "folder" "redis-rings") }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.sightings "folder" "redis-sightings") }}
{{- include "tallystick.kafkaFiles" (dict "at" $v.kafka) }}
{{- include "tallystick.temporalFiles" (dict "at" $v.temporal) }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.peppers "as" "peppers") }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.seal "as" "seal") }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.payload "as" "payload") }}
{{- include "tallystick.auditFiles" $v.keys }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.breakGlass "as" "break-glass.json") }}
{{- include "tallystick.file" (dict "from" $v.tokenService.deliveryTargets "path" "delivery/targets.json") }}
{{- include "tallystick.namedSecretFiles" (dict "secrets" $v.tokenService.deliverySecrets "folder" "delivery-secrets") }}
{{- include "tallystick.listenerFiles" $v.tokenService.tls }}
{{- end }}

{{- define "tallystick.env.pairing-validator" -}}
{{- $v := .Values }}
- { name: VALIDATOR_HOST, value: 0.0.0.0 }
- { name: VALIDATOR_PORT, value: '8080' }
{{- include "tallystick.redisEnv" (dict "prefix" "VALIDATOR" "at" $v.redis.rings "folder" "redis-rings") }}
{{- include "tallystick.redisEnv" (dict "prefix" "VALIDATOR_SIGHTINGS" "at" $v.redis.sightings "folder" "redis-sightings") }}
- { name: VALIDATOR_MIN_REPLICAS, value: {{ $v.redis.rings.minReplicas | quote }} }
{{- include "tallystick.kafkaEnv" (dict "prefix" "VALIDATOR" "at" $v.kafka) }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.peppers "name" "VALIDATOR_PEPPERS_FILE" "as" "peppers") }}
{{- include "tallystick.listenerEnv" $v.pairingValidator.tls }}
{{- end }}
{{- define "tallystick.files.pairing-validator" -}}
{{- $v := .Values }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.rings "folder" "redis-rings") }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.sightings "folder" "redis-sightings") }}
{{- include "tallystick.kafkaFiles" (dict "at" $v.kafka) }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.peppers "as" "peppers") }}
{{- include "tallystick.listenerFiles" $v.pairingValidator.tls }}
{{- end }}

{{- define "tallystick.env.provisioning-service" -}}
{{- $v := .Values }}
- { name: PROVISIONING_HOST, value: 0.0.0.0 }
- { name: PROVISIONING_PORT, value: '8080' }
{{- include "tallystick.redisEnv" (dict "prefix" "PROVISIONING" "at" $v.redis.devices "folder" "redis-devices") }}
{{- include "tallystick.replicasEnv" (dict "prefix" "PROVISIONING" "at" $v.redis.devices) }}
{{- include "tallystick.kafkaEnv" (dict "prefix" "PROVISIONING" "at" $v.kafka) }}
{{- include "tallystick.temporalEnv" (dict "prefix" "PROVISIONING" "at" $v.temporal) }}
{{- with $v.temporal.ui }}
- { name: PROVISIONING_TEMPORAL_UI_URL, value: {{ . | quote }} }
{{- end }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.seal "name" "PROVISIONING_SEAL_KEYS_FILE" "as" "seal") }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.identity "name" "PROVISIONING_IDENTITY_KEY_FILE" "as" "identity") }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.payload "name" "PROVISIONING_PAYLOAD_KEYS_FILE" "as" "payload") }}
{{- include "tallystick.auditEnv" $v.keys }}
{{- include "tallystick.fileEnv" (dict "from" $v.provisioningService.connections "name" "PROVISIONING_CONNECTIONS_FILE" "path" "connections/connections.json") }}
{{- include "tallystick.listenerEnv" $v.provisioningService.tls }}
{{- end }}
{{- define "tallystick.files.provisioning-service" -}}
{{- $v := .Values }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.devices "folder" "redis-devices") }}
{{- include "tallystick.kafkaFiles" (dict "at" $v.kafka) }}
{{- include "tallystick.temporalFiles" (dict "at" $v.temporal) }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.seal "as" "seal") }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.identity "as" "identity") }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.payload "as" "payload") }}
{{- include "tallystick.auditFiles" $v.keys }}
{{- include "tallystick.file" (dict "from" $v.provisioningService.connections "path" "connections/connections.json") }}
{{- include "tallystick.listenerFiles" $v.provisioningService.tls }}
{{- end }}

{{- define "tallystick.env.temporal-worker" -}}
{{- $v := .Values }}
- { name: WORKER_HTTP_HOST, value: 0.0.0.0 }
- { name: WORKER_HTTP_PORT, value: '9090' }
- { name: WORKER_HALVES, value: {{ join "," $v.temporalWorker.halves | quote }} }
- { name: TEMPORAL_METRICS_PORT, value: '9091' }
{{- include "tallystick.temporalEnv" (dict "prefix" "WORKER" "at" $v.temporal) }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.payload "name" "WORKER_PAYLOAD_KEYS_FILE" "as" "payload") }}
{{- with $v.temporalWorker.deployment }}
- { name: WORKER_DEPLOYMENT, value: {{ . | quote }} }
- { name: WORKER_BUILD_ID, value: {{ include "tallystick.buildId" $ | quote }} }
{{- end }}
{{- if has "devices" $v.temporalWorker.halves }}
{{- include "tallystick.redisEnv" (dict "prefix" "WORKER" "at" $v.redis.devices "folder" "redis-devices") }}
{{- include "tallystick.replicasEnv" (dict "prefix" "WORKER" "at" $v.redis.devices) }}
{{- include "tallystick.redisEnv" (dict "prefix" "WORKER_BUDGET" "at" $v.redis.budget "folder" "redis-budget") }}
{{- include "tallystick.kafkaEnv" (dict "prefix" "WORKER" "at" $v.kafka) }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.seal "name" "WORKER_SEAL_KEYS_FILE" "as" "seal") }}
{{- include "tallystick.keyEnv" (dict "from" $v.keys.identity "name" "WORKER_IDENTITY_KEY_FILE" "as" "identity") }}
{{- include "tallystick.fileEnv" (dict "from" $v.provisioningService.connections "name" "WORKER_CONNECTIONS_FILE" "path" "connections/connections.json") }}
- { name: WORKER_SECRETS_FOLDER, value: /etc/tallystick/connection-secrets }
{{- end }}
{{- if has "tokens" $v.temporalWorker.halves }}
- { name: WORKER_TOKEN_SERVICE_URL, value: {{ printf "%s://%s-token-service:8080" (ternary "https" "http" (not (empty $v.tokenService.tls.cert))) (include "tallystick.fullname" .) | quote }} }
- { name: WORKER_AUTH_ISSUER, value: {{ $v.auth.issuer | quote }} }
- { name: WORKER_AUTH_AUDIENCE, value: {{ $v.auth.audience | quote }} }
- { name: WORKER_CLIENT_ID, value: {{ $v.temporalWorker.clientId | quote }} }
{{- include "tallystick.keyEnv" (dict "from" $v.keys.workerClient "name" "WORKER_CLIENT_SECRET_FILE" "as" "worker-client-secret") }}
{{- if empty $v.tokenService.tls.cert }}
- { name: WORKER_ALLOW_PLAIN_HTTP, value: 'true' }
{{- end }}
{{- end }}
{{- end }}
{{- define "tallystick.files.temporal-worker" -}}
{{- $v := .Values }}
{{- include "tallystick.temporalFiles" (dict "at" $v.temporal) }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.payload "as" "payload") }}
{{- if has "devices" $v.temporalWorker.halves }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.devices "folder" "redis-devices") }}
{{- include "tallystick.redisFiles" (dict "at" $v.redis.budget "folder" "redis-budget") }}
{{- include "tallystick.kafkaFiles" (dict "at" $v.kafka) }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.seal "as" "seal") }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.identity "as" "identity") }}
{{- include "tallystick.file" (dict "from" $v.provisioningService.connections "path" "connections/connections.json") }}
{{- include "tallystick.namedSecretFiles" (dict "secrets" $v.temporalWorker.connectionSecrets "folder" "connection-secrets") }}
{{- end }}
{{- if has "tokens" $v.temporalWorker.halves }}
{{- include "tallystick.keyFiles" (dict "from" $v.keys.workerClient "as" "worker-client-secret") }}
{{- end }}
{{- end }}

{{/* What the chart itself tells a process: { root, process }. */}}
{{- define "tallystick.env" -}}
env:
  - { name: LOG_LEVEL, value: {{ .root.Values.logLevel | quote }} }
  {{- include "tallystick.fileEnv" (dict "from" .root.Values.trustedCa "name" "NODE_EXTRA_CA_CERTS" "path" "trusted/ca.pem") | nindent 2 }}
  {{- with .root.Values.tracing }}{{ if .endpoint }}
  - { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .endpoint | quote }} }
  - { name: OTEL_TRACES_SAMPLER_ARG, value: {{ .sampleRatio | quote }} }
  {{- end }}{{ end }}
  {{- if ne .process "temporal-worker" }}
  - { name: OPERATIONS_PORT, value: '9090' }
  - { name: HTTP_ANNOUNCE_MS, value: {{ mul .root.Values.endings.announceSeconds 1000 | quote }} }
  {{- include "tallystick.authEnv" .root.Values.auth | nindent 2 }}
  {{- end }}
  {{- include (printf "tallystick.env.%s" .process) .root | nindent 2 }}
{{- end }}

{{/* Said once for the process and for the Jobs that run its commands: { root, process }. */}}
{{- define "tallystick.containerBasics" -}}
{{- $settings := include "tallystick.settings" . | fromYaml }}
image: {{ include "tallystick.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext: {{- include "tallystick.containerSecurity" . | nindent 2 }}
{{- $own := include "tallystick.env" . }}
{{- $said := dict }}
{{- range ($own | fromYaml).env }}{{ $_ := set $said .name true }}{{ end }}
{{ $own }}
  {{- range $name, $value := $settings.env }}
  {{- include "tallystick.notTwice" (dict "said" $said "name" $name "process" $.process) }}
  - { name: {{ $name }}, value: {{ $value | quote }} }
  {{- end }}
  {{- range $name, $from := $settings.secretEnv }}
  {{- include "tallystick.notTwice" (dict "said" $said "name" $name "process" $.process) }}
  - { name: {{ $name }}, valueFrom: { secretKeyRef: { name: {{ $from.secret | quote }}, key: {{ $from.key | quote }} } } }
  {{- end }}
volumeMounts:
  - { name: settings, mountPath: /etc/tallystick, readOnly: true }
  - { name: tmp, mountPath: /tmp }
{{- end }}

{{/* Of a variable that is given twice the last one counts, until a server refuses it: the chart and the process would not mean the same. */}}
{{- define "tallystick.notTwice" -}}
{{- if hasKey .said .name }}{{ fail (printf "%s: %s is in env or secretEnv, but another value says it already (see values.yaml)" .process .name) }}{{ end }}
{{- $_ := set .said .name true }}
{{- end }}

{{- define "tallystick.podBasics" -}}
serviceAccountName: {{ .account | default (printf "%s-%s" (include "tallystick.fullname" .root) .process) }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "tallystick.podSecurity" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - { name: {{ . | quote }} }
{{- end }}{{ end }}
{{- with .root.Values.scheduling.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.scheduling.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: settings
    projected:
      defaultMode: 0440
      sources:
        {{- include (printf "tallystick.files.%s" .process) .root | trim | nindent 8 }}
        {{- include "tallystick.file" (dict "from" .root.Values.trustedCa "path" "trusted/ca.pem") | nindent 8 }}
  - { name: tmp, emptyDir: { medium: Memory, sizeLimit: 16Mi } }
{{- end }}

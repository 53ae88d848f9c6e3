{{/* KEDA asks Temporal and Kafka itself, with the same entries of Secrets as the processes: it takes none from their files. */}}
{{- define "tallystick.kedaEntries" -}}
{{- range $parameter, $from := . }}{{ if $from.secret }}
- { parameter: {{ $parameter }}, name: {{ $from.secret | quote }}, key: {{ $from.key | quote }} }
{{- end }}{{ end }}
{{- end }}

{{- define "tallystick.kedaTemporalLogin" -}}
{{- $byCertificate := not (empty .cert) }}
{{- if and (or .tls .ca .serverName) (not $byCertificate) (empty .apiKey) }}
{{- fail "temporalWorker.keda: KEDA talks to Temporal by TLS only with a client certificate (temporal.cert, temporal.key) or an API key (temporal.apiKey)" }}
{{- end }}
{{- if and .ca (not $byCertificate) }}
{{- fail "temporalWorker.keda: KEDA believes temporal.ca only beside a client certificate; with an API key the server's certificate must be a public one" }}
{{- end }}
{{- $entries := include "tallystick.kedaEntries" (dict "apiKey" .apiKey "ca" .ca "cert" .cert "key" .key) | trim }}
{{- with $entries }}
secretTargetRef:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tallystick.kedaKafkaLogin" -}}
{{- $password := ternary .sasl.password dict (not (empty .sasl.mechanism)) }}
{{- $entries := include "tallystick.kedaEntries" (dict "password" $password "ca" .ca "cert" .cert "key" .key) | trim }}
{{- with $entries }}
secretTargetRef:
  {{- . | nindent 2 }}
{{- end }}
{{- if .sasl.mechanism }}
env: [{ parameter: username, name: PROVISIONING_KAFKA_SASL_USERNAME, containerName: provisioning-service }]
{{- end }}
{{- end }}

{{- define "tallystick.kedaLogin" -}}
{{- with .login }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ include "tallystick.fullname" $.root }}-{{ $.process }}
  labels: {{- include "tallystick.labels" (dict "root" $.root "process" $.process) | nindent 4 }}
spec: {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tallystick.bounds" -}}
{{- if lt (int .of.maxReplicas) (int .of.minReplicas) }}{{ fail (printf "%s: maxReplicas is below minReplicas" .name) }}{{ end }}
{{- end }}

{{/* The processes that this release runs, name → settings. */}}
{{- define "tallystick.processes" -}}
{{- $all := dict "token-service" .Values.tokenService "pairing-validator" .Values.pairingValidator "provisioning-service" .Values.provisioningService "temporal-worker" .Values.temporalWorker -}}
{{- range $name, $process := $all }}{{ if $process.enabled }}
- {{ $name }}
{{- end }}{{ end }}
{{- end }}

{{- define "tallystick.settings" -}}
{{- $settings := dict "token-service" .root.Values.tokenService "pairing-validator" .root.Values.pairingValidator "provisioning-service" .root.Values.provisioningService "temporal-worker" .root.Values.temporalWorker -}}
{{- get $settings .process | toYaml -}}
{{- end }}

{{/* So short that the longest name made with it, that of a Job, has no more than 63 characters. */}}
{{- define "tallystick.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 35 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 35 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "tallystick.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .process }}
{{- end }}

{{- define "tallystick.labels" -}}
{{ include "tallystick.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "tallystick.image" -}}
{{- with .Values.image }}{{ if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* Another one for each image: of two with one build id Temporal gives work to both, and histories meet code of two minds. */}}
{{- define "tallystick.buildId" -}}
{{- $digest := .Values.image.digest | trimPrefix "sha256:" | trunc 16 }}
{{- .Values.temporalWorker.buildId | default $digest | default .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The "restricted" profile. */}}
{{- define "tallystick.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "tallystick.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities: { drop: [ALL] }
{{- end }}

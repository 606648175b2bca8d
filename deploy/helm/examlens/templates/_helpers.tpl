{{- define "examlens.labels" -}}
app.kubernetes.io/name: examlens
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "examlens.selector" -}}
app.kubernetes.io/name: examlens
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "examlens.image" -}}
{{ .root.Values.image.prefix }}{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "examlens.isBucket" -}}
{{- if contains "://" .Values.blobs.url }}yes{{ end }}
{{- end }}

{{- define "examlens.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# A volume of page images is not walked through at every start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* What a secret holds is read at the start: a new word here starts all anew with what it holds now. */}}
{{- define "examlens.podAnnotations" -}}
examlens/secrets-revision: {{ .Values.secrets.revision | quote }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where pods may run: of all, or of one service where it says so itself. */}}
{{- define "examlens.placement" -}}
{{- range $key := list "nodeSelector" "tolerations" "priorityClassName" }}
{{- with get $.placement $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "examlens.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Only the keys that this service needs, under the names of its settings. */}}
{{- define "examlens.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ .root.Values.secrets.name }}
    defaultMode: 0440
    items:
      - { key: {{ .name }}_database_url, path: DATABASE_URL }
      {{- if .usesBroker }}
      - { key: {{ .name }}_amqp_url, path: AMQP_URL }
      {{- end }}
      {{- if .usesModel }}
      - { key: model_api_key, path: EXAMLENS_MODEL_API_KEY }
      {{- end }}
      {{- if .usesCache }}
      - { key: redis_url, path: EXAMLENS_REDIS_URL }
      {{- end }}
{{- end }}

{{- define "examlens.egress" -}}
# {{ .what }}
- ports: [{ protocol: TCP, port: {{ .peer.port }} }]
  {{- with .peer.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Every deployment by its name, with the service it is of: the services, and what is scaled apart from them. */}}
{{- define "examlens.deployments" -}}
{{- $found := dict }}
{{- range $name, $service := .Values.services }}
{{- $_ := set $found $name (merge (dict "of" $name) (omit $service "apart")) }}
{{- range $part, $own := $service.apart }}
{{- $_ := set $found (printf "%s-%s" $name $part) (merge (dict "of" $name) $own (omit $service "apart")) }}
{{- end }}
{{- end }}
{{- toYaml $found }}
{{- end }}

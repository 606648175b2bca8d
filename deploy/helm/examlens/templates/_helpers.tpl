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
seccompProfile: { type: RuntimeDefault }
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
{{- end }}

{{- define "examlens.egress" -}}
# {{ .what }}
- ports: [{ protocol: TCP, port: {{ .peer.port }} }]
  {{- with .peer.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

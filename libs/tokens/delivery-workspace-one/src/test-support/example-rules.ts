import { deliveredValues } from '@tallystick/tokens-testing';

/** A rule with every member of the vendor's example body (API explorer, `AppsV2_UpdateAssignmentRuleAsync`), in its order. Values are ours. */
const rule = (priority: number, name: string, configuration: string, more = ''): string => `{
  "priority": ${priority},
  "distribution": {
    "name": "${name}", "description": "for \\u00e4ll \\"people\\"", "smart_groups": ["7f1d2c9e-8a54-4f0e-9d0c-5b6a7c8d9e0${priority}"],
    "bsp_assignments": { "smart_groups_online_licenses": [], "smart_groups_offline_licenses": ["0c1d2e3f-1111-4222-8333-444455556666"] },
    "vpp_app_details": { "license_usage": [{ "smart_group_uuid": "7f1d2c9e-8a54-4f0e-9d0c-5b6a7c8d9e00", "allocated": 10, "redeemed": 3 }] },
    "app_delivery_method": "AUTO", "pre_release_version": 0, "app_track_id": "", "effective_date": "2031-12-02T12:07:07.5048189",
    "auto_update_devices_with_previous_versions": "true", "display_in_app_catalog": "true", "requires_approval": "false",
    "hide_notifications": "false", "application_transforms": ["5a4ec270-0000-41bb-b918-f2a97c2792d1"], "installer_deferral_allowed": "false",
    "deferral_type": "NoDeferral", "installer_deferral_interval": 2, "uem_deferral_interval": "FifteenMinutes",
    "installer_deferral_exit_code": "60012,6900", "max_deferral_count": 1, "is_default_assignment": "true", "reboot_override": "true",
    "msi_deployment_override_params": { "device_restart": 1, "installer_reboot_exit_code": "1641", "restart_deadline_in_days": 1 },
    "keep_app_updated_automatically": "false", "auto_update_priority": "DEFAULT"
  },
  "restriction": {
    "remove_on_unenroll": "true", "prevent_application_backup": "true", "make_app_mdm_managed": "true", "managed_access": "true",
    "desired_state_management": "true", "prevent_removal": "true"
  },
  "tunnel": { "per_app_vpn_profile_uuid": "047d2636-0000-4df0-8cac-507ed119f56c", "afw_per_app_vpn_profile_uuid": null },
  "application_configuration": [${configuration}],
  "application_attributes": [{ "type": 0 }], "is_dynamic_template_saved": "true", "is_apple_education_assignment": "true",
  "is_android_enterprise_config_template": "true",
  "app_profiles_mapping": [{ "configuration_type": "UNKNOWN", "profile_category": "UNKNOWN", "device_profile_uuid": null }]${more}
}`;

const entry = (key: string, value: string, id: number, type = 'STRING'): string =>
  `{ "key": "${key}", "value": "${value}", "type": "${type}", "nested_configurations": [{ "type": 0 }], "id": ${id}, "uuid": "9417ef85-a2db-459d-a635-ffe8072b485${id % 10}" }`;

const { before } = deliveredValues;

/** Three rules, the first two with the key; a big number, a number with zeros at its end, a member that nobody has heard of. */
export const exampleRules = `{
  "assignments": [
    ${rule(1, 'All phones', [entry('server', 'https://a.example/?a=1&b=2', 11), entry('PINGID_MDM_TOKEN', before, 12)].join(', '))},
    ${rule(2, 'Tablets', [entry('PINGID_MDM_TOKEN', before, 13), entry('retries', '3', 14, 'INTEGER')].join(', '), ', "from_the_future": { "big": 9223372036854775807, "zeros": 1.50 }')},
    ${rule(3, 'Guests', entry('server', 'https://b.example', 15))}
  ],
  "excluded_smart_groups": ["5d936f7f-0000-4dae-a5b0-1dbdddd04bc8"],
  "application_msi_deployment_params": {},
  "id": 1234,
  "uuid": "6e1347bb-0000-467a-ad80-0715c8153c22"
}`;

/** The same text without blanks between its tokens: how it is written when nothing else changes. */
export const compact = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, kept: string | undefined) => kept ?? '').replaceAll('\\u00e4', 'ä');

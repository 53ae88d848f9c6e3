/** MDMs for which the way is known by hand. `generic`: any other. */
export const guidedProducts = ['ivanti-neurons', 'ivanti-epmm', 'maas360', 'workspace-one', 'intune', 'jamf', 'generic'] as const;
export type GuidedProduct = (typeof guidedProducts)[number];

export interface ProductFacts {
  readonly name: string;
  /** How the product marks a text that it replaces by one of its own; undefined where it is not known. */
  readonly marks: string | undefined;
  /** Where the vendor, or the vendor of the app, describes the way. */
  readonly pages: readonly string[];
  readonly hasAndroid: boolean;
}

const pingOverview = 'https://docs.pingidentity.com/r/en-us/pingid/pingid_configuring_mobile_device_management';
const pingOnIvanti =
  'https://docs.pingidentity.com/pingid/pingid_service_management/pid_configuring_mobileron_mdm_integration.html';

export const factsOf: Readonly<Record<GuidedProduct, ProductFacts>> = {
  'ivanti-neurons': {
    name: 'Ivanti Neurons for MDM',
    marks: '${…}',
    pages: [pingOnIvanti, 'https://help.ivanti.com/mi/help/en_us/cld/admin/ivanti/95/all/en-us/App_Configuration.htm'],
    hasAndroid: true,
  },
  'ivanti-epmm': { name: 'Ivanti EPMM', marks: '${…}', pages: [pingOnIvanti], hasAndroid: true },
  maas360: {
    name: 'IBM MaaS360',
    marks: '%username%',
    pages: ['https://www.ibm.com/docs/en/maas360?topic=configurations-creating-app-configuration'],
    hasAndroid: true,
  },
  'workspace-one': {
    name: 'Workspace ONE UEM',
    marks: '{DeviceUid}',
    pages: [
      'https://docs.pingidentity.com/pingid/pingid_service_management/pid_configuring_workspace_one_uem_for_mdm_integration.html',
    ],
    hasAndroid: true,
  },
  intune: { name: 'Microsoft Intune', marks: '{{deviceid}}', pages: [pingOverview], hasAndroid: true },
  jamf: {
    name: 'Jamf Pro',
    marks: '$SERIALNUMBER',
    pages: ['https://developer.jamf.com/developer-guide/docs/managed-app-config'],
    hasAndroid: false,
  },
  generic: { name: 'the MDM', marks: undefined, pages: [pingOverview], hasAndroid: true },
};

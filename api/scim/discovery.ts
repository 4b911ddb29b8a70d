import { MOST_LISTED } from "./query.ts";

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/** What of SCIM there is here (RFC 7643, 5). */
export const providerConfig = (base: string): object => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
  documentationUri: "https://www.rfc-editor.org/rfc/rfc7644",
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MOST_LISTED },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "Bearer token",
      description: "A SCIM token that an administrator has made",
      primary: true,
    },
  ],
  meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
});

/** Users and groups (RFC 7643, 6). */
export const resourceTypes = (base: string): Map<string, object> =>
  new Map(
    [
      { id: "User", endpoint: "/Users", description: "People", schema: USER },
      { id: "Group", endpoint: "/Groups", description: "Groups of people", schema: GROUP },
    ].map((type) => [
      type.id,
      {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        name: type.id,
        ...type,
        schemaExtensions: [],
        meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${type.id}` },
      },
    ]),
  );

interface Attribute {
  name: string;
  description: string;
  type?: "string" | "boolean" | "complex" | "reference";
  multiValued?: boolean;
  required?: boolean;
  mutability?: "readWrite" | "readOnly" | "immutable";
  uniqueness?: "none" | "server";
  subAttributes?: Attribute[];
}

function attribute({ subAttributes, ...given }: Attribute): object {
  return {
    ...{ type: "string", multiValued: false, required: false, caseExact: false },
    ...{ mutability: "readWrite", returned: "default", uniqueness: "none" },
    ...given,
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(attribute) }),
  };
}

const PEOPLE: Attribute[] = [
  { name: "userName", description: "The email by which they sign in", required: true, uniqueness: "server" },
  { name: "displayName", description: "The name by which others see them" },
  {
    name: "name",
    description: "Its parts, where there is no displayName",
    type: "complex",
    subAttributes: [
      { name: "formatted", description: "The whole of it" },
      { name: "givenName", description: "The given name" },
      { name: "familyName", description: "The family name" },
    ],
  },
  { name: "active", description: "false: they can't sign in, and are sent nothing", type: "boolean" },
  {
    name: "emails",
    description: "userName once more",
    type: "complex",
    multiValued: true,
    mutability: "readOnly",
    subAttributes: [
      { name: "value", description: "The email", mutability: "readOnly" },
      { name: "type", description: "work", mutability: "readOnly" },
      { name: "primary", description: "true", type: "boolean", mutability: "readOnly" },
    ],
  },
  {
    name: "groups",
    description: "The groups that they are in",
    type: "complex",
    multiValued: true,
    mutability: "readOnly",
    subAttributes: [
      { name: "value", description: "The group's id", mutability: "readOnly" },
      { name: "display", description: "Its name", mutability: "readOnly" },
    ],
  },
];

const GROUPS: Attribute[] = [
  { name: "displayName", description: "The group's name", required: true, uniqueness: "server" },
  {
    name: "members",
    description: "Its people",
    type: "complex",
    multiValued: true,
    subAttributes: [
      { name: "value", description: "The person's id", mutability: "immutable" },
      { name: "display", description: "Their name", mutability: "readOnly" },
    ],
  },
];

/** The attributes that are kept, by the URNs of their schemas (RFC 7643, 7). */
export const schemas = (base: string): Map<string, object> =>
  new Map(
    [
      { id: USER, name: "User", attributes: PEOPLE },
      { id: GROUP, name: "Group", attributes: GROUPS },
    ].map(({ id, name, attributes }) => [
      id,
      {
        ...{ schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"], id, name, description: name },
        attributes: attributes.map(attribute),
        meta: { resourceType: "Schema", location: `${base}/Schemas/${id}` },
      },
    ]),
  );

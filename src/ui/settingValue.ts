// ui: VS Code hands out what stands in settings.json, whatever its type and size; this holds a value against its schema in package.json.

export type SettingValue = string | number | boolean | readonly string[] | SettingObject;
export type SettingObject = Readonly<Record<string, unknown>>;

/** The part of JSON Schema that our settings use. */
export interface SettingSchema {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  /** An array is one of strings. */
  readonly default: SettingValue;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

/**
 * `value` if the schema allows it; a number outside of the limits becomes the nearest limit; anything else the default. One string in place of an array
 * is an array of it, and what is no string in an array becomes its JSON: whoever reads the list says what is wrong with it.
 */
export function acceptedValue(value: unknown, schema: SettingSchema): SettingValue {
  if (schema.type === 'boolean') return typeof value === 'boolean' ? value : schema.default;
  if (schema.type === 'array') {
    if (typeof value === 'string') return [value];
    if (!Array.isArray(value)) return schema.default;
    return value.slice(0, schema.maxItems).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  }
  if (schema.type === 'object') return isObject(value) ? value : schema.default;
  if (schema.type === 'string') {
    if (typeof value !== 'string') return schema.default;
    return schema.enum && !schema.enum.includes(value) ? schema.default : value;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return schema.default;
  const number = schema.type === 'integer' ? Math.round(value) : value;
  return Math.min(Math.max(number, schema.minimum ?? number), schema.maximum ?? number);
}

/** What is in it is for whoever reads it to judge. */
export function isObject(value: unknown): value is SettingObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

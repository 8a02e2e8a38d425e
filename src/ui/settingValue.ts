// ui: VS Code hands out what stands in settings.json, whatever its type and size; this holds a value against its schema in package.json.

/** The part of JSON Schema that our settings use. */
export interface SettingSchema {
  readonly type: 'string' | 'number' | 'integer';
  readonly default: string | number;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `value` if the schema allows it; a number outside of the limits becomes the nearest limit; anything else the default. */
export function acceptedValue(value: unknown, schema: SettingSchema): string | number {
  if (schema.type === 'string') {
    if (typeof value !== 'string') return schema.default;
    return schema.enum && !schema.enum.includes(value) ? schema.default : value;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return schema.default;
  const number = schema.type === 'integer' ? Math.round(value) : value;
  return Math.min(Math.max(number, schema.minimum ?? number), schema.maximum ?? number);
}

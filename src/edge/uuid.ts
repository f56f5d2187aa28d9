const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID as this service writes it (RFC 9562, lower case). Anything else can be no id of ours. */
export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

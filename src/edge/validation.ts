import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { ValidateIf } from 'class-validator';
import { CodedError } from '../errors/coded-error.js';

/** Validates bodies and queries by an allow-list. Errors name fields of the schema; unknown ones are not repeated. */
export const createValidationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => toCodedError(errors),
  });

/** For members that may be left out. Unlike class-validator's IsOptional it does not let null pass unchecked. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

function toCodedError(errors: readonly ValidationError[]): CodedError {
  const fields = errors.filter((error) => !isUnknown(error)).map(({ property }) => property);
  return fields.length > 0
    ? new CodedError('validation_failed', { fields })
    : new CodedError('validation_failed', { reason: 'unknown_field' });
}

const isUnknown = ({ constraints }: ValidationError): boolean =>
  constraints !== undefined && 'whitelistValidation' in constraints;

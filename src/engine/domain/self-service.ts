/** The service name under which obs reports on itself. */
export const selfServiceName = 'obs';

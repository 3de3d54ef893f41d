/* <begin connected objects> */
-- extension/src/api/admission.rs:44
-- pg_steward::api::admission::forget_admissions
CREATE FUNCTION "forget_admissions"()
    RETURNS TRIGGER
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'forget_admissions_wrapper';
/* </end connected objects> */

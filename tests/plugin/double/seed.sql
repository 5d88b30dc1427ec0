-- What there is in the double of Koha before anything happens. Run again, it puts everything back.
SET FOREIGN_KEY_CHECKS = 0;
DELETE FROM branches;
DELETE FROM categories;
DELETE FROM itemtypes;
DELETE FROM account_debit_types;
DELETE FROM borrower_attribute_types;
DELETE FROM currency;
DELETE FROM systempreferences;
DELETE FROM plugin_data;
DELETE FROM borrowers;
DELETE FROM accountlines;
DELETE FROM account_offsets;
DELETE FROM restriction_types;
DELETE FROM borrower_debarments;
DELETE FROM letter;
DELETE FROM message_queue;
DELETE FROM borrower_message_preferences;
DELETE FROM borrower_message_transport_preferences;
DELETE FROM double_permissions;
INSERT IGNORE INTO userflags VALUES (0, 'superlibrarian'), (4, 'borrowers'), (19, 'plugins');
INSERT IGNORE INTO message_transport_types VALUES ('email'), ('itiva'), ('phone'), ('print'), ('sms');
DELETE FROM double_keys;
DELETE FROM double_tickets;
SET FOREIGN_KEY_CHECKS = 1;
ALTER TABLE restriction_types DROP COLUMN IF EXISTS lift_after_payment, DROP COLUMN IF EXISTS fee_limit;
ALTER TABLE categories DROP COLUMN IF EXISTS noissuescharge, DROP COLUMN IF EXISTS noissueschargeguarantees;

INSERT INTO branches VALUES ('MAIN', 'Main'), ('NORTH', 'North');
INSERT INTO categories VALUES ('ADULT', 'Adult', 'A'), ('CHILD', 'Child', 'C'), ('STAT', 'Statistics', 'X');
INSERT INTO itemtypes VALUES ('BOOK'), ('FILM');
INSERT INTO account_debit_types VALUES
    ('OVERDUE', 0), ('LOST', 0), ('MANUAL', 0), ('PAYOUT', 0), ('VOID', 0), ('RENT', 1);
INSERT INTO borrower_attribute_types VALUES ('PLAN');
INSERT INTO currency VALUES ('EUR', 0), ('DKK', 1);
INSERT INTO systempreferences VALUES
    ('AllFinesNeedOverride', '1'), ('AllowFineOverride', '0'), ('AnonymousPatron', '0'),
    ('AutoRemoveOverduesRestrictions', 'no'), ('BlockExpiredPatronOpacActions', '1'), ('FailedLoginAttempts', '5'),
    ('ILS-DI', '0'), ('ILS-DI:AuthorizedIPs', ''), ('NoIssuesChargeGuarantees', ''),
    ('NoIssuesChargeGuarantorsWithGuarantees', NULL), ('OPACFineNoRenewals', '100'),
    ('OPACFineNoRenewalsBlockAutoRenew', '0'), ('OPACFineNoRenewalsIncludeCredits', '1'), ('OPACLanguages', 'da,en'),
    ('OpacRenewalAllowed', '1'), ('OverduesBlockCirc', 'noblock'), ('OverduesBlockRenewing', 'allow'),
    ('PatronRestrictionTypes', '1'), ('RestrictionBlockRenewing', '0'), ('finesmode', 'production'),
    ('language', 'da'), ('maxoutstanding', '225'), ('noissuescharge', '225'), ('SomethingElse', 'a secret');
INSERT INTO restriction_types VALUES
    ('MANUAL', 'Manual', 0, 1), ('OVERDUES', 'Overdues', 1, 0), ('SUSPENSION', 'Suspension', 1, 0),
    ('DISCHARGE', 'Discharge', 1, 0);
INSERT INTO borrowers (borrowernumber, cardnumber, userid, password, surname, branchcode, categorycode) VALUES
    (1, 'S1', 'service', 'service-pw', 'Service', 'MAIN', 'ADULT'), (2, 'S2', 'desk', 'desk-pw', 'Desk', 'MAIN', 'ADULT'),
    (3, 'S3', 'low', 'low-pw', 'Low', 'MAIN', 'ADULT'), (4, 'S4', 'near', 'near-pw', 'Near', 'NORTH', 'CHILD'),
    (5, 'S5', 'exact', 'exact-pw', 'Exact', 'NORTH', 'CHILD');
INSERT INTO double_permissions VALUES
    (1, 'borrowers', '1'), (1, 'updatecharges', '1'), (1, 'catalogue', '1'),
    (2, 'borrowers', '1'), (2, 'updatecharges', '1'), (2, 'plugins', '1'), (2, 'parameters', '1'), (2, 'catalogue', '1'),
    (4, 'borrowers', 'edit_borrowers'), (4, 'updatecharges', 'remaining_permissions'),
    (5, 'borrowers', 'edit_borrowers'), (5, 'borrowers', 'view_borrower_infos_from_any_libraries'),
    (5, 'updatecharges', 'remaining_permissions');
INSERT INTO double_keys VALUES
    ('service-id', 'service-secret', 1), ('low-id', 'low-secret', 3), ('near-id', 'near-secret', 4),
    ('exact-id', 'exact-secret', 5);

-- The tables of Koha that the plugin touches, with the columns, keys and time stamps that it leans on. Written for these
-- tests, after what a running Koha 23.05 shows of itself.
CREATE TABLE branches (branchcode varchar(10) PRIMARY KEY, branchname text);
CREATE TABLE categories (
    categorycode varchar(10) PRIMARY KEY, description text, category_type varchar(1) NOT NULL DEFAULT 'A'
);
CREATE TABLE itemtypes (itemtype varchar(10) PRIMARY KEY);
CREATE TABLE account_debit_types (code varchar(80) PRIMARY KEY, archived tinyint(1) NOT NULL DEFAULT 0);
CREATE TABLE borrower_attribute_types (code varchar(10) PRIMARY KEY);
CREATE TABLE currency (currency varchar(10) PRIMARY KEY, active tinyint(1));
CREATE TABLE systempreferences (variable varchar(50) PRIMARY KEY, value mediumtext);
CREATE TABLE plugin_data (
    plugin_class varchar(255) NOT NULL, plugin_key varchar(255) NOT NULL, plugin_value mediumtext,
    PRIMARY KEY (plugin_class(191), plugin_key(191))
);
CREATE TABLE borrowers (
    borrowernumber int PRIMARY KEY AUTO_INCREMENT,
    cardnumber varchar(32) UNIQUE, userid varchar(75) UNIQUE, password varchar(60),
    surname longtext, firstname mediumtext, borrowernotes longtext,
    address longtext, address2 text, city longtext, zipcode varchar(25), state mediumtext, country mediumtext,
    phone mediumtext, mobile varchar(50), email longtext, smsalertnumber varchar(50),
    branchcode varchar(10) NOT NULL, categorycode varchar(10) NOT NULL,
    dateofbirth date, dateexpiry date, lang varchar(25) NOT NULL DEFAULT 'default',
    gonenoaddress tinyint(1), lost tinyint(1), debarred date, debarredcomment varchar(255), login_attempts int NOT NULL DEFAULT 0,
    updated_on timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
    FOREIGN KEY (branchcode) REFERENCES branches (branchcode),
    FOREIGN KEY (categorycode) REFERENCES categories (categorycode)
);
CREATE TABLE accountlines (
    accountlines_id int PRIMARY KEY AUTO_INCREMENT,
    borrowernumber int, itemnumber int, date timestamp NULL, amount decimal(28,6), amountoutstanding decimal(28,6),
    credit_type_code varchar(80), debit_type_code varchar(80), status varchar(16), manager_id int,
    interface varchar(16) NOT NULL,
    timestamp timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
    KEY acctsborridx (borrowernumber), KEY timeidx (timestamp), KEY (debit_type_code), KEY (credit_type_code),
    FOREIGN KEY (borrowernumber) REFERENCES borrowers (borrowernumber) ON DELETE SET NULL ON UPDATE CASCADE,
    FOREIGN KEY (debit_type_code) REFERENCES account_debit_types (code) ON UPDATE CASCADE
);
CREATE TABLE account_offsets (
    id int PRIMARY KEY AUTO_INCREMENT, credit_id int, debit_id int,
    type enum('CREATE','APPLY','VOID','OVERDUE_INCREASE','OVERDUE_DECREASE') NOT NULL,
    amount decimal(26,6) NOT NULL, created_on timestamp NOT NULL DEFAULT current_timestamp(),
    FOREIGN KEY (debit_id) REFERENCES accountlines (accountlines_id) ON DELETE CASCADE ON UPDATE CASCADE,
    FOREIGN KEY (credit_id) REFERENCES accountlines (accountlines_id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE restriction_types (
    code varchar(50) PRIMARY KEY, display_text text NOT NULL,
    is_system tinyint(1) NOT NULL DEFAULT 0, is_default tinyint(1) NOT NULL DEFAULT 0
);
CREATE TABLE borrower_debarments (
    borrower_debarment_id int PRIMARY KEY AUTO_INCREMENT,
    borrowernumber int NOT NULL, expiration date, type varchar(50) NOT NULL, comment mediumtext, manager_id int,
    created timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(), updated timestamp NULL,
    KEY (borrowernumber), KEY (type),
    FOREIGN KEY (borrowernumber) REFERENCES borrowers (borrowernumber) ON DELETE CASCADE ON UPDATE CASCADE,
    FOREIGN KEY (type) REFERENCES restriction_types (code) ON DELETE NO ACTION ON UPDATE CASCADE
);
CREATE TABLE message_transport_types (message_transport_type varchar(20) PRIMARY KEY);
CREATE TABLE letter (
    id int PRIMARY KEY AUTO_INCREMENT, module varchar(20) NOT NULL DEFAULT '', code varchar(20) NOT NULL DEFAULT '',
    branchcode varchar(10) NOT NULL DEFAULT '', name varchar(100) NOT NULL DEFAULT '', is_html tinyint(1) DEFAULT 0,
    title varchar(200) NOT NULL DEFAULT '', content mediumtext,
    message_transport_type varchar(20) NOT NULL DEFAULT 'email', lang varchar(25) NOT NULL DEFAULT 'default',
    UNIQUE KEY (module, code, branchcode, message_transport_type, lang),
    FOREIGN KEY (message_transport_type) REFERENCES message_transport_types (message_transport_type)
);
CREATE TABLE message_queue (
    message_id int PRIMARY KEY AUTO_INCREMENT, borrowernumber int, subject mediumtext, content mediumtext,
    letter_code varchar(64), message_transport_type varchar(20) NOT NULL,
    status enum('sent','pending','failed','deleted') NOT NULL DEFAULT 'pending', time_queued timestamp NULL,
    updated_on timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
    FOREIGN KEY (borrowernumber) REFERENCES borrowers (borrowernumber) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE borrower_message_preferences (
    borrower_message_preference_id int PRIMARY KEY AUTO_INCREMENT, borrowernumber int,
    message_attribute_id int DEFAULT 0,
    FOREIGN KEY (borrowernumber) REFERENCES borrowers (borrowernumber) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE borrower_message_transport_preferences (
    borrower_message_preference_id int, message_transport_type varchar(20),
    PRIMARY KEY (borrower_message_preference_id, message_transport_type)
);
CREATE TABLE biblioitems (biblioitemnumber int PRIMARY KEY AUTO_INCREMENT, biblionumber int NOT NULL, itemtype varchar(10));
CREATE TABLE items (
    itemnumber int PRIMARY KEY AUTO_INCREMENT, biblionumber int NOT NULL, biblioitemnumber int NOT NULL,
    itype varchar(10), itemlost tinyint(1) NOT NULL DEFAULT 0
);
CREATE TABLE issues (
    issue_id int PRIMARY KEY AUTO_INCREMENT, borrowernumber int, itemnumber int UNIQUE, date_due datetime,
    KEY (borrowernumber)
);
CREATE TABLE return_claims (
    id int PRIMARY KEY AUTO_INCREMENT, issue_id int UNIQUE, itemnumber int NOT NULL, resolved_on timestamp NULL
);
CREATE TABLE reserves (
    reserve_id int PRIMARY KEY AUTO_INCREMENT, borrowernumber int NOT NULL, biblionumber int NOT NULL, itemnumber int,
    found varchar(1), suspend tinyint(1) NOT NULL DEFAULT 0, KEY (itemnumber), KEY (biblionumber)
);
CREATE TABLE borrower_attributes (
    id int PRIMARY KEY AUTO_INCREMENT, borrowernumber int NOT NULL, code varchar(10) NOT NULL, attribute varchar(255),
    KEY (borrowernumber)
);
CREATE TABLE borrower_relationships (
    id int PRIMARY KEY AUTO_INCREMENT, guarantor_id int, guarantee_id int NOT NULL, KEY (guarantor_id)
);
CREATE TABLE userflags (bit int PRIMARY KEY, flag varchar(30));
CREATE TABLE permissions (
    module_bit int NOT NULL, code varchar(64) NOT NULL, description varchar(255), PRIMARY KEY (module_bit, code),
    FOREIGN KEY (module_bit) REFERENCES userflags (bit) ON DELETE CASCADE ON UPDATE CASCADE
);

-- What Koha keeps elsewhere, and the plugin never looks at
CREATE TABLE double_permissions (borrowernumber int NOT NULL, module varchar(40) NOT NULL, code varchar(80) NOT NULL);
CREATE TABLE double_keys (client_id varchar(80) PRIMARY KEY, secret varchar(80) NOT NULL, borrowernumber int NOT NULL);
CREATE TABLE double_tickets (ticket varchar(80) PRIMARY KEY, borrowernumber int NOT NULL);

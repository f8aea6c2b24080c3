BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE appointments (
	id VARCHAR(40) NOT NULL, 
	visit_id VARCHAR(40), 
	position INTEGER NOT NULL, 
	citizen_key VARCHAR(100) NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	cancelled_by VARCHAR(20), 
	refusal TEXT, 
	start BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	slot BLOB NOT NULL, 
	summary TEXT NOT NULL, 
	vendor_ref VARCHAR(500), 
	vendor_state BLOB, 
	hold BLOB, 
	held_until BIGINT, 
	cancellable_until BIGINT, 
	pending_operation VARCHAR(20), 
	pending_since BIGINT, 
	pending_outcome VARCHAR(20), 
	pending_workflow VARCHAR(120), 
	next_check_at BIGINT, 
	sync VARCHAR(10) NOT NULL, 
	last_verified_at BIGINT, 
	sequence INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_appointments PRIMARY KEY (id), 
	CONSTRAINT fk_appointments_visit_id FOREIGN KEY(visit_id) REFERENCES visits (id), 
	CONSTRAINT uq_appointments_source_vendor_ref UNIQUE (source, vendor_ref)
);
INSERT INTO "appointments" VALUES('bc686295-d0bf-484b-9ef8-f9b99f9f10b2','59d122dd-4332-405e-b200-85db3f95791a',0,'v1:yuBuIvSd6bW4YjZGSnC8P0AxhCl_p1Gvgs2tRSLCbIc','mechelen','confirming',NULL,NULL,1804493700000,1804494600000,X'0100000000000000007D885601E46F90D5D9C9E94F0D28391461FCBD45A1C45D095138BEC84B7545A1CE4019A9D430E8D26A7129124576B148E6C275C4F3A383EE001E89C165C63855129F39315AB69D7716DF4FF2E2089D1A92CD077086E6A549CB3791C71A54EB49EE298E36D3EB0E28EA71376BD25061E968CDDDA06E99080E84D687978C6FC8C4BB453A414B50F70196CE55AAAD0D60CD2A0A64AB0B78C3C68F8D05723BBEA894126B49D638B7','{"municipalityId":"mechelen","municipality":"Mechelen","location":{"id":"mechelen.55122d13-356f-5e88-8c0a-a02dfe10c09d","name":"Stadhuis","zone":"Europe/Brussels","address":{"street":"Grote Markt","houseNumber":"1","postalCode":"2800","city":"Mechelen","country":"BE"},"telephone":"015 00 00 00"},"products":[{"id":"1041","name":"1041","quantity":1,"bring":[]}],"intakeFields":[{"name":"givenName","kind":"text","required":false,"maxLength":128,"options":[]},{"name":"initials","kind":"text","required":false,"maxLength":128,"options":[]},{"name":"familyName","kind":"text","required":true,"maxLength":128,"options":[]},{"name":"gender","kind":"choice","required":false,"options":[{"value":"male","label":"male"},{"value":"female","label":"female"},{"value":"unspecified","label":"unspecified"}]},{"name":"birthDate","kind":"date","required":true,"options":[]},{"name":"email","kind":"email","required":false,"maxLength":254,"options":[]},{"name":"phone","kind":"telephone","required":false,"maxLength":16,"options":[]},{"name":"mobilePhone","kind":"telephone","required":false,"maxLength":16,"options":[]},{"name":"street","kind":"text","required":false,"maxLength":64,"options":[]},{"name":"houseNumber","kind":"text","required":false,"options":[]},{"name":"houseNumberSuffix","kind":"text","required":false,"options":[]},{"name":"postalCode","kind":"text","required":false,"maxLength":16,"options":[]},{"name":"city","kind":"text","required":false,"maxLength":80,"options":[]}],"approval":false}',NULL,NULL,NULL,NULL,NULL,'book',1804489200000,'running','',NULL,'fresh',NULL,0,1);
CREATE TABLE attempts (
	client_reference VARCHAR(64) NOT NULL, 
	appointment_id VARCHAR(40) NOT NULL, 
	operation VARCHAR(20) NOT NULL, 
	generation INTEGER NOT NULL, 
	opened_at BIGINT NOT NULL, 
	deadline BIGINT NOT NULL, 
	closed_at BIGINT, 
	outcome VARCHAR(20), 
	error VARCHAR(40), 
	slot BLOB, 
	CONSTRAINT pk_attempts PRIMARY KEY (client_reference), 
	CONSTRAINT fk_attempts_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointments (id), 
	CONSTRAINT uq_attempts_appointment_id_operation_generation UNIQUE (appointment_id, operation, generation)
);
CREATE TABLE executors (
	id VARCHAR(40) NOT NULL, 
	heartbeat_at BIGINT NOT NULL, 
	CONSTRAINT pk_executors PRIMARY KEY (id)
);
INSERT INTO "executors" VALUES('58e9f50b67f14605886276d33f5a4508',0);
INSERT INTO "executors" VALUES('1f358d4b9a59474d800b96cd8ff436c1',1804489200000);
CREATE TABLE history (
	id INTEGER NOT NULL, 
	appointment_id VARCHAR(40) NOT NULL, 
	at BIGINT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	event VARCHAR(60) NOT NULL, 
	CONSTRAINT pk_history PRIMARY KEY (id), 
	CONSTRAINT fk_history_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointments (id)
);
INSERT INTO "history" VALUES(1,'bc686295-d0bf-484b-9ef8-f9b99f9f10b2',1804489200000,'chosen','chosen');
INSERT INTO "history" VALUES(2,'bc686295-d0bf-484b-9ef8-f9b99f9f10b2',1804489200000,'confirming','booking');
CREATE TABLE idempotency (
	citizen_key VARCHAR(100) NOT NULL, 
	"key" VARCHAR(100) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	resource_id VARCHAR(40) NOT NULL, 
	running_until BIGINT, 
	status INTEGER, 
	problem TEXT, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (citizen_key, "key")
);
INSERT INTO "idempotency" VALUES('v1:yuBuIvSd6bW4YjZGSnC8P0AxhCl_p1Gvgs2tRSLCbIc','b270677a63b74aa8a1f0093b0d819e37','36054d8d81bc2447a042269a1b5a32bf3cb68c7229352130cd457199a40bb7c6','59d122dd-4332-405e-b200-85db3f95791a',NULL,200,NULL,1804489200000);
INSERT INTO "idempotency" VALUES('v1:yuBuIvSd6bW4YjZGSnC8P0AxhCl_p1Gvgs2tRSLCbIc','the-key-of-this-confirm','f5198c4d4d93c77e8e0ef95fdc6bcfd1071cd6660e888feac39ab8161415ae9d','59d122dd-4332-405e-b200-85db3f95791a',1804489260000,NULL,NULL,1804489200000);
CREATE TABLE visits (
	id VARCHAR(40) NOT NULL, 
	citizen_key VARCHAR(100) NOT NULL, 
	policy VARCHAR(20) NOT NULL, 
	guarantee VARCHAR(20) NOT NULL, 
	language VARCHAR(2) NOT NULL, 
	agreed_at BIGINT, 
	phase VARCHAR(20), 
	generation INTEGER NOT NULL, 
	contact BLOB, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	next_check_at BIGINT, 
	CONSTRAINT pk_visits PRIMARY KEY (id)
);
INSERT INTO "visits" VALUES('59d122dd-4332-405e-b200-85db3f95791a','v1:yuBuIvSd6bW4YjZGSnC8P0AxhCl_p1Gvgs2tRSLCbIc','allOrNothing','singleCall','nl',1804489200000,'confirming',1,X'01000000000000000037579408491BB2C5E487FEDED6C49E886F205315B50E84BD78C65749B15E0EA30FCB6CF6A4E66E0853D62F326C2EA72F17EC44BD44C0913A276BE242AFC1DDFAB478055B22EE35D5ACFFCC102B3A8FB6E16682546C274039DC64F1A3F7F110981695C796493C659188E72B9A055043ED9509EEB6A3483ED3581372003EF883BB2E7F5AEDCC71CC90E7A77E067AC7',1804489200000,1804490400000,1804489210000);
CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);
CREATE INDEX ix_visits_citizen_key ON visits (citizen_key);
CREATE INDEX ix_visits_next_check_at ON visits (next_check_at);
CREATE INDEX ix_appointments_citizen_key_start ON appointments (citizen_key, start);
CREATE INDEX ix_appointments_next_check_at ON appointments (next_check_at);
CREATE INDEX ix_appointments_visit_id ON appointments (visit_id);
CREATE INDEX ix_history_appointment_id ON history (appointment_id);
COMMIT;

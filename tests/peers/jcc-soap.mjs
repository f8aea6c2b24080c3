// JCC's web service by a SOAP stack that we did not write: npm's `soap` on JCC's own WSDL, whose
// file name is the first argument. One counter, one day, three times; HTTP Basic as in the second
// argument. Prints the address of the service once it listens, and ends when its standard input
// is closed.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import soap from "soap";

const [wsdl, credentials] = process.argv.slice(2);
const DAY = "2027-03-09";
const STARTS = ["09:00:00", "09:30:00", "10:00:00"].map((time) => `${DAY}T${time}`);
const PRODUCTS = [
  { productId: "1", productCode: "PASAAN", productDesc: "Reispas & <spoed>" },
  { productId: "2", productCode: "EIDAAN", productDesc: "Kids-ID", productMaxCountForEvent: "2" },
];
const appointments = new Map();
let last = 1000;

// The stack reads times as those of its own process, which runs in UTC: so it gives them back.
const naive = (moment) => moment.toISOString().slice(0, 19);
const minutes = (listed) => 10 * listed.split(",").length;
const free = () => {
  const taken = [...appointments.values()].map((each) => naive(each.appStartTime));
  return STARTS.filter((start) => !taken.includes(start));
};
const shown = ([id, each]) => {
  const end = new Date(each.appStartTime.getTime() + 60_000 * minutes(each.productID));
  return {
    ...each,
    appointmentID: id,
    clientDateOfBirth: each.clientDateOfBirth.toISOString().slice(0, 10),
    appStartTime: naive(each.appStartTime),
    appEndTime: naive(end),
  };
};
const found = (name, value) => ({
  appointment: [...appointments].filter(([, each]) => each[name] === value).map(shown),
});
const take = (id, details) => {
  if (!free().includes(naive(details.appStartTime))) return 5;
  appointments.set(id, details);
  return 0;
};

const operations = {
  getGovAvailableProducts: () => ({ products: PRODUCTS }),
  getGovAvailableProductsByProduct: () => ({ products: PRODUCTS }),
  getGovProductDetails: ({ productID }) => ({
    out: {
      appDuration: minutes(productID),
      requisites: ["<ul><li>uw pas</li>", "<li>een foto</li></ul>"].map(btoa),
    },
  }),
  getGovLocations: () => ({ locationIDs: ["7"] }),
  getGovLocationDetails: () => ({ locaties: { locationDesc: "Stadhuis", city: "Diest" } }),
  getGovLocationsForProduct: () => ({ location: [{ locationID: "7" }] }),
  getGovLatestPlanDate: () => ({ latestPlanDate: "2027-12-31" }),
  getGovAvailableDays: () => ({ dates: free().length ? [DAY] : [] }),
  getGovAvailableTimesPerDay: () => ({ times: free() }),
  getGovAppointmentDuration: ({ productID }) => ({ out: minutes(productID) }),
  GetRequiredClientFields: () => ({ Result: ["Initials", "Email"] }),
  bookGovAppointment: ({ appDetail }) => {
    const updateStatus = take(String((last += 1)), appDetail);
    return { updateStatus, appID: updateStatus ? "" : String(last) };
  },
  updateGovAppointment: ({ appId, appUpdate }) => ({ updateStatus: take(appId, appUpdate) }),
  deleteGovAppointment: ({ appID }) => ({ updateStatus: appointments.delete(appID) ? 0 : 2 }),
  getGovAppointmentDetails: ({ appID }) => ({
    appointment: appointments.has(appID) ? shown([appID, appointments.get(appID)]) : {},
  }),
  getGovAppointmentsCase: ({ caseID }) => found("caseID", caseID),
  getGovAppointmentsBSN: ({ BSN }) => found("clientID", BSN),
  getGovAppointmentsByClientID: ({ clientID }) => found("clientID", clientID),
};

const server = createServer((_request, response) => response.writeHead(404).end());
const port = { GenericGuidanceSystem2Soap: operations };
const service = soap.listen(server, {
  path: "/soap11",
  services: { GenericGuidanceSystem2: port },
  xml: readFileSync(wsdl, "utf8"),
});
service.authorizeConnection = ({ headers }, response) => {
  const known = headers.authorization === `Basic ${btoa(credentials)}`;
  if (!known) response.statusCode = 401;
  return known;
};
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/soap11`);
});
process.stdin.on("close", () => process.exit(0)).resume();

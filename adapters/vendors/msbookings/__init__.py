"""Microsoft Bookings, by Microsoft Graph v1.0."""

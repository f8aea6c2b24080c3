"""JCC-Afspraken over its SOAP interface, GenericGuidanceSystem2 (GGS2)."""

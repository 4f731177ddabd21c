"""The console's page of privacy: requests of persons with their deadlines, decided and downloaded."""

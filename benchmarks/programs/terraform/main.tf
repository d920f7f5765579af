# The same resources for Terraform's own AWS provider, but for the placement group, whose API moto does not have.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
  s3_use_path_style           = true

  endpoints {
    ec2 = var.endpoint
    eks = var.endpoint
    fsx = var.endpoint
    iam = var.endpoint
    kms = var.endpoint
    s3  = var.endpoint
    sts = var.endpoint
  }
}

locals {
  subnets = {
    public-us-east-1a  = { cidr = "10.64.0.0/18", zone = "us-east-1a", role = "kubernetes.io/role/elb" }
    public-us-east-1b  = { cidr = "10.64.64.0/18", zone = "us-east-1b", role = "kubernetes.io/role/elb" }
    private-us-east-1a = { cidr = "10.64.128.0/18", zone = "us-east-1a", role = "kubernetes.io/role/internal-elb" }
    private-us-east-1b = { cidr = "10.64.192.0/18", zone = "us-east-1b", role = "kubernetes.io/role/internal-elb" }
  }
}

resource "aws_vpc" "network" {
  cidr_block           = "10.64.0.0/16"
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = "network" }
}

resource "aws_internet_gateway" "network" {
  vpc_id = aws_vpc.network.id
  tags   = { Name = "network" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.network.id
  tags   = { Name = "network-public" }

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.network.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.network.id
  tags   = { Name = "network-private" }
}

resource "aws_subnet" "network" {
  for_each                = local.subnets
  vpc_id                  = aws_vpc.network.id
  cidr_block              = each.value.cidr
  availability_zone       = each.value.zone
  map_public_ip_on_launch = false
  tags                    = { Name = "network-${each.key}", (each.value.role) = "1" }
}

resource "aws_route_table_association" "network" {
  for_each       = local.subnets
  subnet_id      = aws_subnet.network[each.key].id
  route_table_id = startswith(each.key, "public") ? aws_route_table.public.id : aws_route_table.private.id
}

resource "aws_security_group" "nodes" {
  name_prefix = "network-nodes-"
  description = "Nodes of the factory among themselves"
  vpc_id      = aws_vpc.network.id
  tags        = { Name = "network-nodes" }

  ingress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }

  egress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_iam_role" "cluster" {
  name_prefix = "cluster-role-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_kms_key" "cluster" {
  description             = "Secrets of the factory's Kubernetes"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_eks_cluster" "cluster" {
  name       = "cluster-eks"
  role_arn   = aws_iam_role.cluster.arn
  version    = "1.34"
  depends_on = [aws_iam_role_policy_attachment.cluster]

  vpc_config {
    subnet_ids              = [aws_subnet.network["private-us-east-1a"].id, aws_subnet.network["private-us-east-1b"].id]
    security_group_ids      = [aws_security_group.nodes.id]
    endpoint_private_access = true
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.cluster.arn
    }
  }
}

resource "aws_iam_role" "nodes" {
  name_prefix = "gpu-role-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"])
  role       = aws_iam_role.nodes.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "gpu" {
  name_prefix   = "gpu-template-"
  instance_type = "p5.48xlarge"
  user_data     = "TUlNRS1WZXJzaW9uOiAxLjAKQ29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PSIvLyIKCi0tLy8KQ29udGVudC1UeXBlOiBhcHBsaWNhdGlvbi9ub2RlLmVrcy5hd3MKCmFwaVZlcnNpb246IG5vZGUuZWtzLmF3cy92MWFscGhhMQpraW5kOiBOb2RlQ29uZmlnCnNwZWM6CiAgaW5zdGFuY2U6CiAgICBsb2NhbFN0b3JhZ2U6CiAgICAgIHN0cmF0ZWd5OiBSQUlEMAoKLS0vLy0tCg=="

  placement {
    group_name = "gpu-placement"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  dynamic "network_interfaces" {
    for_each = range(32)

    content {
      network_card_index    = network_interfaces.value
      device_index          = network_interfaces.value == 0 ? 0 : 1
      interface_type        = network_interfaces.value == 0 ? "efa" : "efa-only"
      security_groups       = [aws_security_group.nodes.id]
      delete_on_termination = true
    }
  }
}

resource "aws_eks_node_group" "gpu" {
  cluster_name           = aws_eks_cluster.cluster.name
  node_group_name_prefix = "gpu-nodes-"
  node_role_arn          = aws_iam_role.nodes.arn
  subnet_ids             = [aws_subnet.network["private-us-east-1a"].id]
  ami_type               = "AL2023_x86_64_NVIDIA"
  depends_on             = [aws_iam_role_policy_attachment.nodes]

  scaling_config {
    desired_size = 4
    min_size     = 0
    max_size     = 4
  }

  launch_template {
    id      = aws_launch_template.gpu.id
    version = aws_launch_template.gpu.latest_version
  }

  labels = {
    "aifactory/pool"         = "gpu"
    "nvidia.com/gpu.present" = "true"
    "nvidia.com/gpu.product" = "H100"
    "nvidia.com/gpu.count"   = "8"
  }

  taint {
    key    = "nvidia.com/gpu"
    value  = "true"
    effect = "NO_SCHEDULE"
  }
}
